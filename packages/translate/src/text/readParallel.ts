import { check, checkOneOf, checkOptions, checkRecord, checkText, invalidArgument } from '@steadyformer/core';
import { inputError } from './inputError';
import { type Located, readJsonLines, readTextPair, readTsv } from './parallelFormats';
import type { ParallelInput } from './parallelInput';
import type { NamedText, SentencePair } from './sentencePair';

const OPTIONS: Record<ParallelInput['format'], readonly string[]> = {
  pair: ['format', 'blank', 'source', 'target'],
  tsv: ['format', 'blank', 'text', 'columns'],
  jsonl: ['format', 'blank', 'text', 'keys'],
};

const SKIP_HINT = "Remove the pair, or read with blank: 'skip'.";

const openInput = (input: ParallelInput): AsyncGenerator<Located> => {
  if (input.format === 'pair') return readTextPair(input);
  return input.format === 'tsv' ? readTsv(input) : readJsonLines(input);
};

const nameOf = (input: ParallelInput): string =>
  input.format === 'pair' ? input.source.name : input.text.name;

const checkNamedText = (what: string, text: NamedText): void => {
  checkRecord(what, text, '{ name, content }');
  checkText(`${what}.name`, text.name);
  const { content } = text;
  const chunks =
    typeof content === 'object' &&
    content !== null &&
    (Symbol.iterator in content || Symbol.asyncIterator in content);
  const allowed = 'a text, or chunks of text or of bytes';
  check(typeof content === 'string' || chunks, `${what}.content`, content, allowed);
};

/** Two of a kind: columns, or keys. */
const checkBoth = (
  what: string,
  value: unknown,
  allowed: string,
  valid: (item: unknown) => boolean,
): void => {
  const both = value === undefined || (Array.isArray(value) && value.length === 2 && value.every(valid));
  check(both, what, value, allowed);
};

const checkInput = (input: ParallelInput): void => {
  const { blank = 'error' } = input;
  checkOneOf('readParallel blank', blank, ['error', 'skip']);
  if (input.format === 'pair') {
    checkNamedText('readParallel source', input.source);
    checkNamedText('readParallel target', input.target);
    return;
  }
  checkNamedText('readParallel text', input.text);
  if (input.format === 'tsv') {
    const isColumn = (item: unknown): boolean => Number.isSafeInteger(item) && (item as number) >= 0;
    checkBoth('columns', input.columns, 'two whole numbers >= 0', isColumn);
  } else checkBoth('keys', input.keys, 'two texts', (item) => typeof item === 'string');
};

/**
 * The sentence pairs of parallel text, in order, read as they are asked for.
 *
 * @throws SteadyformerError with file and line: unequal line counts (both counts are named), an empty file, a blank
 *   side, a missing column or key, bad JSON, bad UTF-8; or on an unknown option.
 */
export async function* readParallel(input: ParallelInput): AsyncGenerator<SentencePair> {
  checkRecord('readParallel', input, 'an input such as { format, source, target }');
  if (typeof input.format !== 'string' || !Object.hasOwn(OPTIONS, input.format)) {
    throw invalidArgument({
      what: 'format',
      received: input.format,
      allowed: Object.keys(OPTIONS).join(', '),
    });
  }
  checkOptions(input, OPTIONS[input.format], 'readParallel');
  checkInput(input);
  let read = 0;
  for await (const { source, target, where, line } of openInput(input)) {
    read++;
    if (source.trim() !== '' && target.trim() !== '') yield { source, target };
    else if (input.blank !== 'skip') {
      const side = source.trim() === '' ? 'source' : 'target';
      throw inputError(
        side === 'source' ? where[0] : where[1],
        line,
        `the ${side} side is blank. ${SKIP_HINT}`,
      );
    }
  }
  if (read === 0) throw inputError(nameOf(input), undefined, 'the file is empty.');
}

/** All sentence pairs of parallel text, as `readParallel` gives them. */
export const collectParallel = async (input: ParallelInput): Promise<SentencePair[]> => {
  const pairs: SentencePair[] = [];
  for await (const pair of readParallel(input)) pairs.push(pair);
  return pairs;
};
