import { finite, type RandomStream, whole } from '@steadyformer/core';
import * as v from 'valibot';
import { randomSource } from '../checks/objects';
import { needed } from '../checks/schemas';
import type { Hypothesis } from './hypothesis';
import { search } from './search';
import { type SearchOptions, searchSettings } from './searchOptions';
import type { StepDecoder } from './stepDecoder';
import { type Candidate, type CandidateRow, topCandidates } from './topCandidates';

export interface SamplingOptions extends SearchOptions {
  /** Source of the draws; each row draws from a child stream of its own. */
  readonly random: RandomStream;
  /** Log-probabilities are divided by it before the draw: below 1 likely tokens get likelier. Default 1. */
  readonly temperature?: number;
  /** Only so many of the likeliest tokens are drawn from (Fan et al. 2018). Default all. */
  readonly topK?: number;
}

/** One of a row's candidates, each as likely as its exp(sum / temperature); `uniform` lies in [0, 1). */
const draw = (
  candidates: readonly Candidate[],
  temperature: number,
  uniform: number,
): Candidate | undefined => {
  const largest = candidates.reduce((most, { sum }) => Math.max(most, sum), Number.NEGATIVE_INFINITY);
  const chances = candidates.map(({ sum }) => Math.exp((sum - largest) / temperature));
  let left = uniform * chances.reduce((total, chance) => total + chance, 0);
  for (const [i, chance] of chances.entries()) {
    left -= chance;
    if (left < 0) return candidates[i];
  }
  // Rounding may leave a rest.
  return candidates.at(-1);
};

/** All continuations of one row that have a probability, in the order of their tokens. */
const allCandidates = (
  logProbabilities: Float32Array,
  vocabulary: number,
  { row, sum: before }: CandidateRow,
  forbidden: readonly number[],
): Candidate[] => {
  const found: Candidate[] = [];
  for (let token = 0; token < vocabulary; token++) {
    const sum = before + logProbabilities[row * vocabulary + token]!;
    if (sum > Number.NEGATIVE_INFINITY && !forbidden.includes(token))
      found.push({ hypothesis: 0, token, sum });
  }
  return found;
};

/**
 * Draws each token from the model's distribution. One hypothesis a row of the decoder, in order, scored as the other
 * searches score (at temperature 1). Token n of row r is a function of (random, r, n) and what was said. Disposes the
 * decoder.
 */
export const sampleSearch = async (decoder: StepDecoder, options: SamplingOptions): Promise<Hypothesis[]> => {
  const { settings, own } = searchSettings('sampleSearch()', decoder, options, {
    random: needed(randomSource()),
    temperature: v.optional(
      finite('positive numbers', (value) => value > 0),
      1,
    ),
    topK: v.optional(whole()),
  });
  const { random, temperature, topK } = own;
  const { forbidden } = settings;
  const { vocabulary } = decoder;
  const found = await search(
    decoder,
    1,
    (logProbabilities, rows, { sentence, length }) => {
      const candidates =
        topK === undefined || topK >= vocabulary
          ? allCandidates(logProbabilities, vocabulary, rows[0]!, forbidden)
          : topCandidates(logProbabilities, vocabulary, rows, topK, forbidden);
      const drawn = draw(candidates, temperature, random.fork(sentence).uniformAt(length));
      return drawn ? [drawn] : [];
    },
    settings,
  );
  return found.map(([only]) => only!);
};
