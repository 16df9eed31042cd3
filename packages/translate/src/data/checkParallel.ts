import { invalidArgument, SteadyformerError } from '@steadyformer/core';
import { countSentences, type EncodedCorpus } from './encodeCorpus';

/** Whether this can be token lists, as packTokens makes them. */
export const isTokenLists = (side: unknown): boolean =>
  typeof side === 'object' &&
  side !== null &&
  ['ids', 'offsets'].every((name) => ArrayBuffer.isView((side as Record<string, unknown>)[name]));

/** Throws where sources and targets are not one for one. */
export const checkParallel = (corpus: EncodedCorpus, where: string): number => {
  if (!isTokenLists(corpus?.source) || !isTokenLists(corpus?.target)) {
    throw invalidArgument({
      what: `${where} corpus`,
      received: corpus,
      allowed: '{ source, target } as encodeCorpus gives it, or each side by packTokens',
    });
  }
  const { source, target } = corpus;
  const [m, n] = [countSentences(source), countSentences(target)];
  if (m === n) return m;
  throw new SteadyformerError(
    `${where}: the corpus has ${m} source and ${n} target sentences. Sentence i of one is the translation of sentence ` +
      'i of the other: encode both sides of the same pairs.',
  );
};
