import { beamSearch } from './beam';
import type { Hypothesis } from './hypothesis';
import { checkSearch, type SearchOptions } from './search';
import type { StepDecoder } from './stepDecoder';

/** See `SearchOptions`. */
export type GreedyOptions = SearchOptions;

/**
 * Takes the likeliest token each time: beam search with one hypothesis, the same to the bit. One hypothesis a row of
 * the decoder, in order. Disposes the decoder.
 */
export const greedySearch = async (decoder: StepDecoder, options: GreedyOptions): Promise<Hypothesis[]> => {
  checkSearch('greedySearch', decoder, options);
  return (await beamSearch(decoder, { ...options, beamSize: 1 })).map(([only]) => only!);
};
