import { likeliest } from './beam';
import type { Hypothesis } from './hypothesis';
import { type SearchOptions, searchSettings } from './searchOptions';
import type { StepDecoder } from './stepDecoder';

/** See `SearchOptions`. */
export type GreedyOptions = SearchOptions;

/**
 * Takes the likeliest token each time: beam search with one hypothesis, the same to the bit. One hypothesis a row of
 * the decoder, in order. Disposes the decoder.
 *
 * @throws SteadyformerError on what is no decoder, on options out of range, and as `search` does.
 */
export const greedySearch = async (decoder: StepDecoder, options: GreedyOptions): Promise<Hypothesis[]> => {
  const { settings } = searchSettings('greedySearch()', decoder, options, {});
  return (await likeliest(decoder, { beamSize: 1, groups: 1, diversity: 0 }, settings)).map(
    ([only]) => only!,
  );
};
