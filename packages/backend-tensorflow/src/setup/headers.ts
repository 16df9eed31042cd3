import { existsSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';

/** Folders that may hold `node_api.h`, best first: the running Node's own, then the `node-api-headers` package. */
export const headerCandidates = (
  execPath: string = process.execPath,
  environment: Readonly<Record<string, string | undefined>> = process.env,
): string[] => {
  const nodedir = environment.npm_config_nodedir;
  const packaged = createRequire(import.meta.url).resolve('node-api-headers/package.json');
  return [
    ...(nodedir ? [resolve(nodedir, 'include', 'node')] : []),
    join(dirname(dirname(realpathSync(execPath))), 'include', 'node'),
    join(dirname(packaged), 'include'),
  ];
};

/**
 * The folder with `node_api.h`. N-API 8 is the same in every Node since 15.12, so headers of any version serve.
 * Undefined where no candidate has it.
 */
export const findHeaders = (candidates: readonly string[] = headerCandidates()): string | undefined =>
  candidates.find((folder) => existsSync(join(folder, 'node_api.h')));
