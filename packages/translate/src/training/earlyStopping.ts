import { fields, finite, oneOf, parseAs, whole } from '@steadyformer/core';
import * as v from 'valibot';
import type { SchemasOf } from '../checks/schemas';

/** Options of `earlyStopping`. */
export interface EarlyStoppingOptions {
  /** What validation measures: a loss is better lower, BLEU higher. Default 'loss'. */
  readonly metric?: 'loss' | 'bleu';
  /** Validations in a row without an improvement before training stops. Default 5. */
  readonly patience?: number;
  /** An improvement is better than the best by more than this. Default 0. */
  readonly minDelta?: number;
  /** Updates before which training does not stop. Default 0. */
  readonly minUpdates?: number;
}

/** What is remembered between validations: plain data for a checkpoint. */
export interface EarlyStoppingState {
  /** The best value that counted as an improvement, and its update. */
  readonly best: number;
  readonly bestUpdate: number;
  /** Validations since. */
  readonly since: number;
}

/** What early stopping says after a validation. */
export interface Validated {
  /** For the next call; undefined as long as no value was a number. */
  readonly state: EarlyStoppingState | undefined;
  readonly improved: boolean;
  readonly stop: boolean;
  /** Where it stops, why: one sentence for people. */
  readonly message?: string;
}

/** Looks at a validation, after those that `state` remembers. */
export type EarlyStopping = (
  seen: { readonly update: number; readonly value: number },
  state?: EarlyStoppingState,
) => Validated;

const optionFields = () =>
  fields({
    metric: v.optional(oneOf(['loss', 'bleu']), 'loss'),
    patience: v.optional(whole(), 5),
    minDelta: v.optional(
      finite('numbers >= 0', (delta) => delta >= 0),
      0,
    ),
    minUpdates: v.optional(whole(0), 0),
  } satisfies SchemasOf<EarlyStoppingOptions>);

/** Tells when validation has not improved for too long. A pure function of what it is given. */
export const earlyStopping = (options: EarlyStoppingOptions = {}): EarlyStopping => {
  const { metric, patience, minDelta, minUpdates } = parseAs(optionFields(), options, 'earlyStopping()');
  const sign = metric === 'loss' ? -1 : 1;
  return ({ update, value }, state) => {
    const improved =
      Number.isFinite(value) && (state === undefined || sign * (value - state.best) > minDelta);
    if (improved) {
      return { state: { best: value, bestUpdate: update, since: 0 }, improved, stop: false };
    }
    // What is no number says nothing that patience could be measured by.
    if (!state) return { state, improved, stop: false };
    const now = { ...state, since: state.since + 1 };
    if (now.since < patience || update < minUpdates) return { state: now, improved, stop: false };
    const { best, bestUpdate, since } = now;
    const message =
      `the validation ${metric === 'loss' ? 'loss' : 'BLEU'} has not improved in ${since} validations: ` +
      `its best was ${Number(best.toPrecision(4))} at update ${bestUpdate}`;
    return { state: now, improved, stop: true, message };
  };
};
