import { nearest, SteadyformerError } from '@steadyformer/core';
import { type Command, InvalidArgumentError } from 'commander';
import type { Sizes } from './architectures';
import { readSentences } from './sentences';

/** Options that all commands which build models share. */
export interface ModelOptions {
  readonly architectures: readonly string[];
  readonly width: number;
  readonly heads: number;
  readonly ffn?: number;
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

export const wholeNumber = (text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('allowed: whole numbers >= 1.');
};

export const wholeNumbers = (text: string): number[] => text.split(',').map(wholeNumber);

export const positive = (text: string): number => {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('allowed: numbers > 0.');
};

/** Names from a comma-separated list, each one of `allowed`. */
export const names = (text: string, allowed: readonly string[], what: string): string[] => {
  const list = text.split(',').map((name) => name.trim());
  const unknown = list.find((name) => !allowed.includes(name));
  if (unknown === undefined) return list;
  throw new SteadyformerError(
    `${what}: unknown name '${unknown}', did you mean '${nearest(unknown, allowed)}'? Allowed: ${allowed.join(', ')}.`,
  );
};

export const withModelOptions = (command: Command, architectures: string): Command =>
  command
    .option('-a, --architectures <names>', 'residual methods, separated by commas', architectures)
    .option('--width <d>', 'model width D', wholeNumber, 128)
    .option('--heads <h>', 'attention heads', wholeNumber, 4)
    .option('--ffn <d>', 'feed-forward width (default: 4 * width)', wholeNumber)
    .option('--sentences <n>', 'sentences of a batch', wholeNumber, 8)
    .option('--length <t>', 'tokens of a sentence', wholeNumber, 16)
    .option('--vocab <n>', 'words: of synthetic text, or the most frequent of --data', wholeNumber, 1000)
    .option('--data <file>', 'sentences, one a line: ids or words (default: synthetic Zipf tokens)')
    .option('--backend <name>', 'tfjs backend: auto, onnxruntime, tensorflow, wasm, cpu', 'auto');

export const sizesOf = async (options: ModelOptions): Promise<Sizes> => {
  const { width, heads, ffn = 4 * width, sentences, length, vocab, data } = options;
  return {
    width,
    heads,
    feedForward: ffn,
    sentences,
    length,
    vocabulary: vocab,
    ...(data === undefined ? {} : { data: await readSentences(data, vocab) }),
  };
};

/** What makes the numbers again, for the JSON. */
export const provenance = (
  command: string,
  options: object,
  backend: string,
): Readonly<Record<string, unknown>> => ({
  tool: 'steadyformer-analysis',
  command,
  options: { ...options, out: undefined },
  backend,
  node: process.version,
});
