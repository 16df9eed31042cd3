import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { arch, availableParallelism, cpus, freemem, platform, totalmem } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { version } from '../../package.json';

/** What a backend would run on. */
export interface Machine {
  readonly platform: string;
  readonly arch: string;
  readonly processor: string;
  /** Threads that can run at once, as far as this process may use them. */
  readonly cores: number;
  /** Bytes, of the machine or of the container. */
  readonly memory: number;
  readonly freeMemory: number;
}

export const machine = (): Machine => {
  // 0, or more than there is, where nothing limits the process.
  const limit = process.constrainedMemory() || Number.POSITIVE_INFINITY;
  const memory = Math.min(totalmem(), limit);
  return {
    platform: platform(),
    arch: arch(),
    processor: cpus()[0]?.model.trim() ?? 'unknown processor',
    cores: availableParallelism(),
    memory,
    freeMemory: Math.min(freemem(), memory),
  };
};

export interface Versions {
  readonly steadyformer: string;
  readonly node: string;
  readonly tfjs: string;
  /** Packages of ours, found beside this one or in the program's folder. */
  readonly packages: Readonly<Record<string, string>>;
}

const OURS = ['core', 'admin-init', 'analysis', 'translate', 'backend-onnxruntime', 'backend-tensorflow'].map(
  (name) => `@steadyformer/${name}`,
);

const places = (): readonly NodeJS.Require[] =>
  [import.meta.url, join(process.cwd(), 'package.json')].map((from) => createRequire(from));

const manifestOf = (name: string): string | undefined => {
  for (const { resolve } of places()) {
    try {
      return resolve(`${name}/package.json`);
    } catch {
      // Not there: the next place may have it.
    }
  }
  return undefined;
};

export const versions = (): Versions => ({
  steadyformer: version,
  node: process.version,
  tfjs: tf.version.tfjs,
  packages: Object.fromEntries(
    OURS.flatMap((name) => {
      const file = manifestOf(name);
      return file === undefined ? [] : [[name, String(JSON.parse(readFileSync(file, 'utf8')).version)]];
    }),
  ),
});

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
