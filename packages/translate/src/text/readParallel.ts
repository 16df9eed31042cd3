import { checkRecord, entryOf, fields, parseAs } from '@steadyformer/core';
import * as v from 'valibot';
import { listOf, needed, type SchemasOf } from '../checks/schemas';
import { type BlankOptions, blankFields, checkSkips } from './blankOptions';
import { inputError } from './inputError';
import { namedText } from './namedText';
import { type Located, readJsonLines, readTextPair, readTsv } from './parallelFormats';
import type { JsonLinesInput, ParallelInput, TextPairInput, TsvInput } from './parallelInput';
import type { SentencePair } from './sentencePair';

/** Two of a kind: columns, or keys. */
const two = <T>(allowed: string, valid: (item: unknown) => boolean): v.GenericSchema<readonly [T, T]> =>
  listOf(allowed, valid, 2) as v.GenericSchema<unknown> as v.GenericSchema<readonly [T, T]>;

const isColumn = (item: unknown): boolean => Number.isSafeInteger(item) && Number(item) >= 0;

/** What an input has, by its format. */
const FORMATS = {
  pair: () =>
    fields({
      format: v.unknown(),
      ...blankFields(),
      source: needed(namedText()),
      target: needed(namedText()),
    } satisfies SchemasOf<TextPairInput>),
  tsv: () =>
    fields({
      format: v.unknown(),
      ...blankFields(),
      text: needed(namedText()),
      columns: v.optional(two<number>('two whole numbers >= 0', isColumn)),
    } satisfies SchemasOf<TsvInput>),
  jsonl: () =>
    fields({
      format: v.unknown(),
      ...blankFields(),
      text: needed(namedText()),
      keys: v.optional(two<string>('two texts', (item) => typeof item === 'string')),
    } satisfies SchemasOf<JsonLinesInput>),
} satisfies Record<ParallelInput['format'], () => unknown>;

const SKIP_HINT = "Remove the pair, or read with blank: 'skip'.";

const openInput = (input: ParallelInput): AsyncGenerator<Located> => {
  if (input.format === 'pair') return readTextPair(input);
  return input.format === 'tsv' ? readTsv(input) : readJsonLines(input);
};

const nameOf = (input: ParallelInput): string =>
  input.format === 'pair' ? input.source.name : input.text.name;

/** Pairs of which no side is blank: the first that is otherwise is an error, or it is skipped. */
export async function* withoutBlanks(
  pairs: AsyncIterable<Located>,
  { blank, onSkip }: BlankOptions,
): AsyncGenerator<SentencePair> {
  for await (const { source, target, where, line } of pairs) {
    const sourceBlank = source.trim() === '';
    if (!sourceBlank && target.trim() !== '') {
      yield { source, target };
      continue;
    }
    const name = where[sourceBlank ? 0 : 1];
    if (blank !== 'skip') {
      throw inputError(name, line, `the ${sourceBlank ? 'source' : 'target'} side is blank. ${SKIP_HINT}`);
    }
    onSkip?.({ reason: sourceBlank ? 'blankSource' : 'blankTarget', name, line });
  }
}

/** Pairs that there are: none at all is an error. */
async function* some(pairs: AsyncIterable<Located>, name: string): AsyncGenerator<Located> {
  let read = 0;
  for await (const pair of pairs) {
    read++;
    yield pair;
  }
  if (read === 0) throw inputError(name, undefined, 'the file is empty.');
}

/**
 * The sentence pairs of parallel text, in order, read as they are asked for.
 *
 * @throws SteadyformerError with file and line: unequal line counts (both counts are named), an empty file, a blank
 *   side, a missing column or key, bad JSON, bad UTF-8; or on an unknown option.
 */
export async function* readParallel(input: ParallelInput): AsyncGenerator<SentencePair> {
  checkRecord('readParallel()', input, 'an input such as { format, source, target }');
  const schema = entryOf<() => v.GenericSchema>(FORMATS, input.format, 'format');
  parseAs(schema(), input, 'readParallel()');
  checkSkips(input, 'readParallel()');
  yield* withoutBlanks(some(openInput(input), nameOf(input)), input);
}

/** All sentence pairs of parallel text, as `readParallel` gives them. */
export const collectParallel = async (input: ParallelInput): Promise<SentencePair[]> => {
  const pairs: SentencePair[] = [];
  for await (const pair of readParallel(input)) pairs.push(pair);
  return pairs;
};
