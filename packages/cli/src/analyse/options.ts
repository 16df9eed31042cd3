import { nearest, SteadyformerError } from '@steadyformer/core';
import { type Command, Option } from 'commander';
import type { BatchSizes } from '../input/sentences';
import { fromZero, positiveWhole } from '../program/values';

/** Options that all commands which build or load models share. */
export interface ModelOptions {
  readonly architectures?: string;
  readonly config: readonly string[];
  readonly model: readonly string[];
  readonly kind?: 'encoder' | 'languageModel' | 'transformer';
  readonly width?: number;
  readonly heads?: number;
  readonly ffn?: number;
  /** Blocks, where a command builds at one depth. */
  readonly depth?: number;
  readonly sentences: number;
  readonly length: number;
  readonly vocab: number;
  readonly data?: string;
  readonly backend: string;
}

/** Options that all commands share. */
export interface OutputOptions {
  readonly out: readonly string[];
}

/** Options that name files to read. */
export interface InputOptions {
  readonly config?: readonly string[];
  readonly model?: readonly string[];
  readonly data?: string;
  /** The two saved models of a comparison. */
  readonly compared?: readonly string[];
  /** A trace of another program. */
  readonly trace?: string;
}

/** The files and folders that a command reads. */
export const inputsOf = ({
  config = [],
  model = [],
  data,
  compared = [],
  trace,
}: InputOptions): readonly string[] => [
  ...config,
  ...model,
  ...compared,
  ...(trace === undefined ? [] : [trace]),
  ...(data === undefined ? [] : [data]),
];

export const ARCHITECTURES = 'postLN,preLN,admin';
export const DESCRIBED_WIDTH = 512;

export const wholeNumbers = (text: string): number[] => text.split(',').map(positiveWhole);

/** Whole numbers from 0. */
export const countsOf = (text: string): number[] => text.split(',').map(fromZero);

/** Names from a comma-separated list, each one of `allowed` and there once. */
export const names = (text: string, allowed: readonly string[], what: string): string[] => {
  const list = text.split(',').map((name) => name.trim());
  const unknown = list.find((name) => !allowed.includes(name));
  if (unknown !== undefined) {
    throw new SteadyformerError(
      `${what}: unknown name '${unknown}', did you mean '${nearest(unknown, allowed)}'? Allowed: ${allowed.join(', ')}.`,
    );
  }
  return [...new Set(list)];
};

const withSubjects = (command: Command): Command =>
  command
    .option(
      '-c, --config <files...>',
      "JSON configs of core's fromConfig in place of named architectures",
      [],
    )
    .option(
      '-m, --model <paths...>',
      'saved models: checkpoint folders, also of transformers, or safetensors files',
      [],
    );

const withBatch = (command: Command, length = 16): Command =>
  command
    .option('--sentences <n>', 'sentences of a batch', positiveWhole, 8)
    .option('--length <t>', 'tokens of a sentence', positiveWhole, length)
    .option('--vocab <n>', 'words: of synthetic text, or the most frequent of --data', positiveWhole, 1000)
    .option('--data <file>', 'sentences, one a line: ids or words (default: synthetic Zipf tokens)')
    .option('--backend <name>', 'tfjs backend: auto, onnxruntime, tensorflow, wasm, cpu', 'auto');

const withNamed = (command: Command, width: number): Command =>
  command
    .option(
      '-a, --architectures <names>',
      `residual methods, separated by commas (default: ${ARCHITECTURES})`,
    )
    .option('--width <d>', `model width D of named architectures (default: ${width})`, positiveWhole)
    .option('--heads <h>', 'attention heads of named architectures (default: 4)', positiveWhole)
    .option('--ffn <d>', 'feed-forward width of named architectures (default: 4 * width)', positiveWhole);

/** The options of a command that looks at architectures, and their defaults. */
export const withModelOptions = (command: Command, kind: NonNullable<ModelOptions['kind']>): Command =>
  withBatch(withSubjects(withNamed(command, 128))).addOption(
    new Option('--kind <kind>', `what named architectures are (default: ${kind})`).choices([
      'encoder',
      'languageModel',
      'transformer',
    ]),
  );

/** The options of a command that compares saved models. */
export const withSavedOptions = (command: Command): Command =>
  withBatch(command).option(
    '-c, --config <file>',
    'config of weights that come without one',
    (file) => [file],
    [],
  );

/** The options of a command that builds nothing: width and length are those of the paper's figures. */
export const withDescribedOptions = (command: Command): Command =>
  withBatch(withSubjects(withNamed(command, DESCRIBED_WIDTH)), 32);

const NAMED = ['architectures', 'kind', 'width', 'heads', 'ffn'] as const;

/** Throws where options of named architectures are given beside configs or saved models, which have their own. */
export const checkSubjects = (options: Partial<ModelOptions>): void => {
  const other = options.model?.length ? '--model' : options.config?.length ? '--config' : undefined;
  const meaningless = other === '--model' ? ([...NAMED, 'depth'] as const) : NAMED;
  const odd = other && meaningless.find((key) => options[key] !== undefined);
  if (odd) {
    throw new SteadyformerError(`--${odd} does nothing beside ${other}, which has its own; leave it out`);
  }
};

export const sizesOf = ({ sentences, length, vocab, data }: ModelOptions): BatchSizes => ({
  sentences,
  length,
  vocabulary: vocab,
  ...(data === undefined ? {} : { data }),
});
