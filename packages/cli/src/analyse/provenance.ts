import type { FullConfig } from '@steadyformer/core';
import type { PretrainedConfig } from '@steadyformer/core/pretrained';
import * as tf from '@tensorflow/tfjs';
import { version } from '../../package.json';
import { digest } from '../input/digest';

/** The program whose arguments a result holds. */
export const TOOL = 'steadyformer analyse';

/** What makes the numbers of a result again: `steadyformer analyse repeat result.json`. */
export interface Provenance {
  readonly tool: typeof TOOL;
  readonly version: string;
  readonly command: string;
  /** The command line, its output files left out and its backend named. */
  readonly arguments: readonly string[];
  readonly backend: string;
  readonly node: string;
  /** SHA-256 of the files that were read. */
  readonly files: Readonly<Record<string, string>>;
  readonly configs?: Readonly<Record<string, FullConfig | PretrainedConfig>>;
}

export interface ProvenanceOptions {
  readonly args: readonly string[];
  readonly files?: readonly string[];
  readonly configs?: Readonly<Record<string, FullConfig | PretrainedConfig>>;
  /** Whether a backend computed anything. Default true. */
  readonly computed?: boolean;
}

export const provenanceOf = async (options: ProvenanceOptions): Promise<Provenance> => {
  const { args, files = [], configs, computed = true } = options;
  const backend = computed ? tf.getBackend() : 'none';
  const kept = without(without(args, ['-o', '--out'], Number.POSITIVE_INFINITY), ['--backend'], 1);
  return {
    tool: TOOL,
    version,
    command: args[0] ?? '',
    arguments: computed ? [...kept, '--backend', backend] : kept,
    backend,
    node: process.version,
    files: Object.fromEntries(
      await Promise.all(files.map(async (file) => [file, await digest(file)] as const)),
    ),
    ...(configs ? { configs } : {}),
  };
};

/** Arguments without an option and its values, up to `most` of them, in either spelling. */
const without = (args: readonly string[], names: readonly string[], most: number): string[] => {
  const kept: string[] = [];
  let left = 0;
  for (const arg of args) {
    const whole = names.includes(arg);
    const attached = names.some((name) => arg.startsWith(name.startsWith('--') ? `${name}=` : name));
    if (whole || attached) left = whole ? most : 0;
    else if (left > 0 && !arg.startsWith('-')) left -= 1;
    else {
      left = 0;
      kept.push(arg);
    }
  }
  return kept;
};
