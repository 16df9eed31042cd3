import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type FullConfig, isRecord, SteadyformerError } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { version } from '../../package.json';
import { fileReason, readText } from './readText';

/** What makes the numbers of a result again: `steadyformer-analysis repeat result.json`. */
export interface Provenance {
  readonly tool: 'steadyformer-analysis';
  readonly version: string;
  readonly command: string;
  /** The command line, its output files left out and its backend named. */
  readonly arguments: readonly string[];
  readonly backend: string;
  readonly node: string;
  /** SHA-256 of the files that were read. */
  readonly files: Readonly<Record<string, string>>;
  readonly configs?: Readonly<Record<string, FullConfig>>;
}

export interface ProvenanceOptions {
  readonly args: readonly string[];
  readonly files?: readonly string[];
  readonly configs?: Readonly<Record<string, FullConfig>>;
  /** Whether a backend computed anything. Default true. */
  readonly computed?: boolean;
}

export const provenanceOf = async (options: ProvenanceOptions): Promise<Provenance> => {
  const { args, files = [], configs, computed = true } = options;
  const backend = computed ? tf.getBackend() : 'none';
  const kept = without(without(args, ['-o', '--out'], Number.POSITIVE_INFINITY), ['--backend'], 1);
  return {
    tool: 'steadyformer-analysis',
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

const digest = async (path: string): Promise<string> => {
  const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EISDIR') return readFile(join(path, 'model.safetensors'));
    throw error;
  });
  return createHash('sha256').update(bytes).digest('hex');
};

/** The arguments that make a result again. Throws where the file holds none, or what it was made of has changed. */
export const repeatedArguments = async (file: string): Promise<readonly string[]> => {
  const provenance = provenanceIn(await readText(file), file);
  if (!provenance) {
    throw new SteadyformerError(
      `${file}: not a result of this program; it writes one with --out result.json`,
    );
  }
  if (provenance.arguments[0] === 'repeat') {
    // Of itself, it would have no end.
    throw new SteadyformerError(`${file}: its command is 'repeat', which makes no result; use another copy`);
  }
  for (const [path, expected] of Object.entries(provenance.files)) {
    const found = await digest(path).catch((error: unknown) => {
      throw new SteadyformerError(
        `${path}: the file that ${file} was made of cannot be read, ${fileReason(error)}; its numbers cannot be made again`,
      );
    });
    if (found === expected) continue;
    throw new SteadyformerError(
      `${path}: the file is not the one that ${file} was made of; its numbers cannot be made again`,
    );
  }
  return provenance.arguments;
};

const areTexts = (value: unknown): boolean =>
  Array.isArray(value) && value.every((item) => typeof item === 'string');

const provenanceIn = (text: string, file: string): Provenance | undefined => {
  let result: unknown;
  try {
    result = JSON.parse(text);
  } catch (error) {
    throw new SteadyformerError(
      `${file}: not JSON (${error instanceof Error ? error.message : String(error)})`,
    );
  }
  const provenance = isRecord(result) ? result.provenance : undefined;
  const ours =
    isRecord(provenance) &&
    provenance.tool === 'steadyformer-analysis' &&
    areTexts(provenance.arguments) &&
    isRecord(provenance.files) &&
    areTexts(Object.values(provenance.files));
  return ours ? (provenance as unknown as Provenance) : undefined;
};
