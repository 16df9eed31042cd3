import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { UsageError } from '../checks/errors';

/** Folders that may hold `node_api.h`, best first: the running Node's own, then the `node-api-headers` package. */
export const headerCandidates = (execPath: string = process.execPath): string[] => {
  const packaged = createRequire(import.meta.url).resolve('node-api-headers/package.json');
  return [
    join(dirname(dirname(realpathSync(execPath))), 'include', 'node'),
    join(dirname(packaged), 'include'),
  ];
};

/** Why the headers in a folder do not serve, or undefined. The addon is one of N-API 8: Node 15.12 and later have it. */
const faultOf = (folder: string): string | undefined => {
  const [api, types] = ['node_api.h', 'js_native_api.h'].map((name) => join(folder, name));
  if (!existsSync(api ?? '')) return 'it has no node_api.h';
  const text = existsSync(types ?? '') ? readFileSync(types ?? '', 'utf8') : '';
  return /NAPI_VERSION >= 8/.test(text) ? undefined : 'its node_api.h is older than N-API 8 (Node 15.12)';
};

/**
 * The folder with `node_api.h`: that of `nodedir` (`npm_config_nodedir`) where it is set, else the first candidate that serves.
 * N-API 8 is the same in every Node since 15.12, so headers of any later version do. Undefined where none does.
 *
 * @throws UsageError where `npm_config_nodedir` names headers that do not serve.
 */
export const findHeaders = (
  nodedir: string | undefined,
  candidates: readonly string[] = headerCandidates(),
): string | undefined => {
  if (!nodedir) return candidates.find((folder) => faultOf(folder) === undefined);
  const folder = resolve(nodedir, 'include', 'node');
  const fault = faultOf(folder);
  if (fault === undefined) return folder;
  throw new UsageError(
    `npm_config_nodedir leads to the headers in ${folder}, but ${fault}: set it to the folder of a Node 20 or newer, or unset it.`,
  );
};
