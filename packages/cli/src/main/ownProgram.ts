import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** This package's program, for who calls `main` from a program of their own. */
export const ownProgram = (): string => {
  const manifest = pathToFileURL(createRequire(import.meta.url).resolve('steadyformer/package.json'));
  return fileURLToPath(new URL('./dist/bin/steadyformer.js', manifest));
};
