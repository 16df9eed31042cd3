import { checkOptions, invalidArgument } from '@steadyformer/core';
import { inputError } from './inputError';
import { type Located, readJsonLines, readTextPair, readTsv } from './parallelFormats';
import type { ParallelInput } from './parallelInput';
import type { SentencePair } from './sentencePair';

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

/**
 * The sentence pairs of parallel text, in order, read as they are asked for.
 *
 * @throws SteadyformerError with file and line: unequal line counts (both counts are named), an empty file, a blank
 *   side, a missing column or key, bad JSON, bad UTF-8; or on an unknown option.
 */
export async function* readParallel(input: ParallelInput): AsyncGenerator<SentencePair> {
  if (!Object.hasOwn(OPTIONS, input.format)) {
    throw invalidArgument({
      what: 'format',
      received: input.format,
      allowed: Object.keys(OPTIONS).join(', '),
    });
  }
  checkOptions(input, OPTIONS[input.format], 'readParallel');
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
