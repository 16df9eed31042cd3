import type { Hypothesis } from './hypothesis';
import { checkBeamSize, checkSearch, type SearchOptions, search } from './search';
import type { StepDecoder } from './stepDecoder';
import { topCandidates } from './topCandidates';

export interface BeamOptions extends SearchOptions {
  /** Hypotheses kept a sentence, at most 1000. Default 4, as the paper's En-De recipe. */
  readonly beamSize?: number;
}

/**
 * Beam search: `search` over the 2 k likeliest continuations of k hypotheses. Returns hypotheses best first for every
 * row the decoder starts with. Disposes the decoder.
 */
export const beamSearch = async (decoder: StepDecoder, options: BeamOptions): Promise<Hypothesis[][]> => {
  checkSearch('beamSearch', decoder, options, ['beamSize'], ({ beamSize = 4 }) => {
    checkBeamSize(beamSize);
  });
  const { beamSize = 4, forbidden = [], ...common } = options;
  const { vocabulary } = decoder;
  return search(
    decoder,
    beamSize,
    (logProbabilities, rows) => topCandidates(logProbabilities, vocabulary, rows, 2 * beamSize, forbidden),
    common,
  );
};
