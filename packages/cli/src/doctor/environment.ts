import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Versions as LibraryVersions, versions as libraryVersions } from '@steadyformer/core/node';
import { version } from '../../package.json';

export interface Versions extends LibraryVersions {
  readonly steadyformer: string;
}

const places = (): readonly NodeJS.Require[] =>
  [import.meta.url, join(process.cwd(), 'package.json')].map((from) => createRequire(from));

export const versions = (): Versions => ({ steadyformer: version, ...libraryVersions(import.meta.url) });

/**
 * Two copies of tfjs in one program do not know each other's backends and tensors. The one that the program in this
 * folder would load, where it is not ours.
 */
export const otherTfjs = (): string | undefined => {
  const [own, program] = places().map(({ resolve }) => {
    try {
      return resolve('@tensorflow/tfjs');
    } catch {
      return undefined;
    }
  });
  return program === own ? undefined : program;
};
