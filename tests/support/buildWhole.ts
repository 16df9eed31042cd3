import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { type BuildOptions, build } from 'esbuild';

/**
 * As esbuild's `build`, but no file is ever there in part: test files build the same programs at the same time, and a
 * process or thread that reads an empty module ends at once, without an error.
 */
export const buildWhole = async (options: BuildOptions): Promise<void> => {
  const { outputFiles } = await build({ ...options, write: false });
  for (const { path, contents } of outputFiles) {
    mkdirSync(dirname(path), { recursive: true });
    const own = `${path}.${process.pid}`;
    writeFileSync(own, contents);
    renameSync(own, path);
  }
};
