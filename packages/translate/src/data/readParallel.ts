import { checkInteger, checkOneOf, checkOptions, invalidArgument } from '@steadyformer/core';
import { checkTexts, unfit } from '../reading/checks';
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

const isText = (text: unknown): boolean => {
  const { name, content } = (text ?? {}) as Partial<NamedText>;
  const isContent =
    typeof content === 'string' ||
    (typeof content === 'object' && (Symbol.iterator in content || Symbol.asyncIterator in content));
  return typeof name === 'string' && isContent;
};

/** Throws on what is not there, or of another kind. */
const checkInput = (input: ParallelInput): void => {
  const { blank = 'error' } = input;
  checkOneOf('readParallel blank', blank, ['error', 'skip']);
  const texts =
    input.format === 'pair' ? { source: input.source, target: input.target } : { text: input.text };
  for (const [what, text] of Object.entries(texts)) {
    if (isText(text)) continue;
    throw unfit(`readParallel ${what}`, text, '{ name, content }, content a text or chunks of it');
  }
  if (input.format === 'tsv') {
    const { columns = [0, 1] } = input;
    if (columns.length !== 2) {
      throw invalidArgument({
        what: 'columns',
        received: columns.length,
        allowed: 'two columns: source, target',
      });
    }
    for (const column of columns) checkInteger('columns', column, 0);
  }
  if (input.format === 'jsonl') {
    const keys = checkTexts('keys', input.keys ?? ['source', 'target']);
    if (keys.length === 2) return;
    throw invalidArgument({ what: 'keys', received: keys.length, allowed: 'two keys: source, target' });
  }
};

const openInput = (input: ParallelInput): AsyncGenerator<Located> => {
  if (input.format === 'pair') return readTextPair(input);
  return input.format === 'tsv' ? readTsv(input) : readJsonLines(input);
};

const nameOf = (input: ParallelInput): string =>
  input.format === 'pair' ? input.source.name : input.text.name;

/**
 * The sentence pairs of parallel text, in order, read as they are asked for.
 *
 * @throws SteadyformerError with file and line: unequal line counts (both counts are named), an empty file, a blank
 *   side, a missing column or key, bad JSON, bad UTF-8; or on an unknown option.
 */
export async function* readParallel(input: ParallelInput): AsyncGenerator<SentencePair> {
  if (typeof input !== 'object' || input === null || !Object.hasOwn(OPTIONS, input.format)) {
    throw invalidArgument({
      what: 'format',
      received: input?.format,
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
