import type { BlankOptions } from './blankOptions';
import type { NamedText } from './namedText';

/** Two texts, sentence N of one beside sentence N of the other. */
export interface TextPairInput extends BlankOptions {
  readonly format: 'pair';
  readonly source: NamedText;
  readonly target: NamedText;
}

/** Tab-separated columns, without quoting. */
export interface TsvInput extends BlankOptions {
  readonly format: 'tsv';
  readonly text: NamedText;
  /** The columns of source and target, counted from 0. Default [0, 1]. */
  readonly columns?: readonly [number, number];
}

/** One JSON object a line. */
export interface JsonLinesInput extends BlankOptions {
  readonly format: 'jsonl';
  readonly text: NamedText;
  /** The keys of source and target; a dot enters a nested object. Default ['source', 'target']. */
  readonly keys?: readonly [string, string];
}

/** Parallel text that a program holds, in one of three forms. */
export type ParallelInput = TextPairInput | TsvInput | JsonLinesInput;
