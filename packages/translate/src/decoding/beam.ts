import { check, finite, invalidArgument, whole } from '@steadyformer/core';
import * as v from 'valibot';
import type { Defaulting } from '../checks/schemas';
import { constrainedCandidates } from './constrained';
import type { Hypothesis } from './hypothesis';
import { type Choice, search } from './search';
import { beamSizes, type SearchOptions, type SearchSettings, searchSettings } from './searchOptions';
import type { StepDecoder } from './stepDecoder';

/** Options of `beamSearch`. */
export interface BeamOptions extends SearchOptions {
  /** Hypotheses kept a sentence, at most 1000. Default 4, as the paper's En-De recipe. */
  readonly beamSize?: number;
  /**
   * Groups that the hypotheses fall into, a divisor of `beamSize`: each is a beam of its own that avoids what those before it
   * say at the same place (diverse beam search, Vijayakumar et al. 2016). Default 1.
   */
  readonly groups?: number;
  /** What the log-probability of a token loses for every hypothesis of a group before that takes it. Default 0.5. */
  readonly diversity?: number;
}

export interface BeamFields {
  readonly beamSize: Defaulting<number>;
  readonly groups: Defaulting<number>;
  readonly diversity: Defaulting<number>;
}

export const beamFields = (): BeamFields => ({
  beamSize: v.optional(beamSizes(), 4),
  groups: v.optional(whole(), 1),
  diversity: v.optional(
    finite('numbers >= 0', (strength) => strength >= 0),
    0.5,
  ),
});

/**
 * Beam search: `search` over the 2 k likeliest continuations of k hypotheses. Returns hypotheses best first for every
 * row the decoder starts with. Disposes the decoder.
 *
 * @throws SteadyformerError on what is no decoder, on options out of range, and as `search` does.
 */
export const beamSearch = async (decoder: StepDecoder, options: BeamOptions): Promise<Hypothesis[][]> => {
  const { settings, own } = searchSettings(
    'beamSearch()',
    decoder,
    options,
    { ...beamFields() },
    checkGroups,
  );
  if (settings.phrases && own.groups > 1) {
    decoder.dispose();
    throw invalidArgument({
      what: 'beamSearch() groups',
      received: own.groups,
      allowed: '1 with constraints',
    });
  }
  return likeliest(decoder, own, settings);
};

export const checkGroups = ({
  beamSize,
  groups,
}: {
  readonly beamSize: number;
  readonly groups: number;
}): void => {
  check(beamSize % groups === 0, 'groups', groups, `divisors of the beamSize ${beamSize}`);
};

/** The search of the likeliest, with settings that were checked. */
export const likeliest = (
  decoder: StepDecoder,
  {
    beamSize,
    groups,
    diversity,
  }: { readonly beamSize: number; readonly groups: number; readonly diversity: number },
  settings: SearchSettings,
): Promise<Hypothesis[][]> => {
  const { forbidden, phrases, limits, eos } = settings;
  const size = beamSize / groups;
  const choice: Choice = {
    ...{ beamSize: size, groups, diversity, looksAt: 2 * size },
    propose: (scores, rows, { sentence, live }) => {
      const tracker = phrases?.[sentence];
      if (!tracker) return scores.best(rows, 2 * size, forbidden);
      const said = live.map(({ ids }) => ids);
      const limit = limits[sentence]!;
      return constrainedCandidates(tracker, { scores, rows, said, limit, eos, forbidden, beamSize: size });
    },
  };
  return search(decoder, choice, settings);
};
