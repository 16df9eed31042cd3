import * as v from 'valibot';
import type { Hypothesis } from './hypothesis';
import { search } from './search';
import { beamSizes, type SearchOptions, type SearchSettings, searchSettings } from './searchOptions';
import type { StepDecoder } from './stepDecoder';
import { topCandidates } from './topCandidates';

export interface BeamOptions extends SearchOptions {
  /** Hypotheses kept a sentence, at most 1000. Default 4, as the paper's En-De recipe. */
  readonly beamSize?: number;
}

/**
 * Beam search: `search` over the 2 k likeliest continuations of k hypotheses. Returns hypotheses best first for every
 * row the decoder starts with. Disposes the decoder.
 *
 * @throws SteadyformerError on what is no decoder, on options out of range, and as `search` does.
 */
export const beamSearch = async (decoder: StepDecoder, options: BeamOptions): Promise<Hypothesis[][]> => {
  const { settings, own } = searchSettings('beamSearch()', decoder, options, {
    beamSize: v.optional(beamSizes(), 4),
  });
  return likeliest(decoder, own.beamSize, settings);
};

/** The search of `beamSize` hypotheses with settings that were checked. */
export const likeliest = (
  decoder: StepDecoder,
  beamSize: number,
  settings: SearchSettings,
): Promise<Hypothesis[][]> => {
  const { vocabulary } = decoder;
  const { forbidden } = settings;
  return search(
    decoder,
    beamSize,
    (logProbabilities, rows) => topCandidates(logProbabilities, vocabulary, rows, 2 * beamSize, forbidden),
    settings,
  );
};
