import { finite, invalidArgument, type RandomStream, whole } from '@steadyformer/core';
import * as v from 'valibot';
import { randomSource } from '../checks/objects';
import { type Absentable, type Defaulting, needed } from '../checks/schemas';
import type { Hypothesis } from './hypothesis';
import { search } from './search';
import { type SearchOptions, type SearchSettings, searchSettings } from './searchOptions';
import type { StepDecoder } from './stepDecoder';
import type { StepScores } from './stepScores';
import type { Candidate, CandidateRow } from './topCandidates';

/** Options of `sampleSearch`. */
export interface SamplingOptions extends SearchOptions {
  /** Source of the draws; each row draws from a child stream of its own. */
  readonly random: RandomStream;
  /** Log-probabilities are divided by it before the draw: below 1 likely tokens get likelier. Default 1. */
  readonly temperature?: number;
  /** Only so many of the likeliest tokens are drawn from (Fan et al. 2018). Default all. */
  readonly topK?: number;
  /** Only the fewest likeliest tokens are drawn from that have this probability together (Holtzman et al. 2020). Default 1: all. */
  readonly topP?: number;
}

export interface DrawFields {
  readonly temperature: Defaulting<number>;
  readonly topK: Absentable<number>;
  readonly topP: Defaulting<number>;
}

/** How tokens are drawn. */
export const drawFields = (): DrawFields => ({
  temperature: v.optional(
    finite('positive numbers', (value) => value > 0),
    1,
  ),
  topK: v.optional(whole()),
  topP: v.optional(
    finite('numbers above 0, up to 1', (value) => value > 0 && value <= 1),
    1,
  ),
});

/** Of candidates in any order, each with its share of the mass: the likeliest that have the share `topP` together. */
const nucleus = (
  candidates: readonly Candidate[],
  chances: readonly number[],
  topP: number,
): Set<Candidate> => {
  const order = candidates.map((_, i) => i).sort((a, b) => chances[b]! - chances[a]! || a - b);
  const total = chances.reduce((sum, chance) => sum + chance, 0);
  const kept = new Set<Candidate>();
  let mass = 0;
  for (const i of order) {
    if (mass >= topP * total) break;
    mass += chances[i]!;
    kept.add(candidates[i]!);
  }
  return kept;
};

/** One of a row's candidates, each as likely as its exp(sum / temperature); `uniform` lies in [0, 1). */
const draw = (
  all: readonly Candidate[],
  { temperature, topP }: { readonly temperature: number; readonly topP: number },
  uniform: number,
): Candidate | undefined => {
  const largest = all.reduce((most, { sum }) => Math.max(most, sum), Number.NEGATIVE_INFINITY);
  const chanceOf = ({ sum }: Candidate): number => Math.exp((sum - largest) / temperature);
  const kept = topP < 1 ? nucleus(all, all.map(chanceOf), topP) : undefined;
  const candidates = kept ? all.filter((candidate) => kept.has(candidate)) : all;
  const chances = candidates.map(chanceOf);
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
  scores: StepScores,
  { row, sum: before, lowered }: CandidateRow,
  forbidden: readonly number[],
): Candidate[] => {
  const found: Candidate[] = [];
  for (const [token, value] of scores.all(row).entries()) {
    const sum = before + (lowered?.tokens.has(token) ? lowered.value(token, value) : value);
    if (sum > Number.NEGATIVE_INFINITY && !forbidden.includes(token))
      found.push({ hypothesis: 0, token, sum });
  }
  return found;
};

/**
 * Draws each token from the model's distribution. One hypothesis a row of the decoder, in order, scored as the other
 * searches score (at temperature 1). Token n of row r is a function of (random, r, n) and what was said. Disposes the
 * decoder.
 *
 * @throws SteadyformerError on constraints: they are for the beam
 */
export const sampleSearch = async (decoder: StepDecoder, options: SamplingOptions): Promise<Hypothesis[]> => {
  const { settings, own } = searchSettings('sampleSearch()', decoder, options, {
    random: needed(randomSource()),
    ...drawFields(),
  });
  if (settings.phrases) {
    decoder.dispose();
    const allowed = 'none: use beamSearch()';
    throw invalidArgument({ what: 'sampleSearch() constraints', received: 'some', allowed });
  }
  return drawn(decoder, { ...own, stream: (row) => own.random.fork(row) }, settings);
};

/** The search that draws, with settings that were checked. `stream` is where a row draws from. */
export const drawn = async (
  decoder: StepDecoder,
  how: {
    readonly temperature: number;
    readonly topK?: number | undefined;
    readonly topP: number;
    readonly stream: (row: number) => RandomStream;
  },
  settings: SearchSettings,
): Promise<Hypothesis[]> => {
  const { topK, stream } = how;
  const { forbidden } = settings;
  const few = topK !== undefined && topK < decoder.vocabulary;
  const found = await search(
    decoder,
    {
      beamSize: 1,
      looksAt: few ? topK : undefined,
      propose: (scores, rows, { sentence, length }) => {
        const candidates = few
          ? scores.best(rows, topK, forbidden)
          : allCandidates(scores, rows[0]!, forbidden);
        const one = draw(candidates, how, stream(sentence).uniformAt(length));
        return one ? [one] : [];
      },
    },
    settings,
  );
  return found.map(([only]) => only!);
};
