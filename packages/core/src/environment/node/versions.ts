import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';

/** Versions of Node, tfjs and our packages that a program runs with. */
export interface Versions {
  readonly node: string;
  readonly tfjs: string;
  /** Packages of ours that are installed. */
  readonly packages: Readonly<Record<string, string>>;
}

const OURS = [
  'core',
  'admin-init',
  'analysis',
  'translate',
  'backend-onnxruntime',
  'backend-tensorflow',
  'mpi',
].map((name) => `@steadyformer/${name}`);

const versionOf = (name: string, places: readonly NodeJS.Require[]): string | undefined => {
  for (const { resolve } of places) {
    try {
      return String(JSON.parse(readFileSync(resolve(`${name}/package.json`), 'utf8')).version);
    } catch {
      // Not there: the next place may have it.
    }
  }
  return undefined;
};

/**
 * Which versions this program runs with. Packages are found as imports are.
 *
 * @param from files that packages are found from first, such as the caller's `import.meta.url`; then this package and the
 *   program's folder
 */
export const versions = (...from: readonly string[]): Versions => {
  const places = [...from, import.meta.url, join(process.cwd(), 'package.json')].map((file) =>
    createRequire(file),
  );
  return {
    node: process.version,
    tfjs: tf.version.tfjs,
    packages: Object.fromEntries(
      OURS.flatMap((name) => {
        const version = versionOf(name, places);
        return version === undefined ? [] : [[name, version]];
      }),
    ),
  };
};
