import { SteadyformerError } from '@steadyformer/core';
import { Bpe, readSubwordNmt } from '@steadyformer/translate';
import { readVocabulary } from '@steadyformer/translate/node';
import { readText } from '../input/readText';

export type Side = 'source' | 'target';

/**
 * The vocabulary of one language in a file: our own form (of two sides the one that is named), or codes of subword-nmt.
 *
 * @throws SteadyformerError where it is neither, or the side is not clear
 */
export const vocabularyFrom = async (path: string, side?: Side): Promise<Bpe> => {
  const text = await readText(path);
  if (text.replace(/^\ufeff/u, '').startsWith('#version')) {
    if (side === undefined) return readSubwordNmt(text, { name: path });
    throw new SteadyformerError(
      `--side ${side}: ${path} holds one vocabulary, not one a side; leave --side out`,
    );
  }
  const vocabulary = await readVocabulary(path);
  if (vocabulary instanceof Bpe) {
    if (side === undefined) return vocabulary;
    throw new SteadyformerError(
      `--side ${side}: ${path} holds one vocabulary, not one a side; leave --side out`,
    );
  }
  if (side !== undefined) return vocabulary[side];
  throw new SteadyformerError(
    `${path}: holds a vocabulary a side; say which with --side source or --side target`,
  );
};
