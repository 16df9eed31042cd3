import { fields, finite, parseAs, whole } from '@steadyformer/core';
import * as v from 'valibot';
import type { SchemasOf } from '../checks/schemas';

/** Options of `lossGuard`. */
export interface LossGuardOptions {
  /** Of what was learned (the first loss less the best smoothed one), the share that may be lost again. Default 0.5. */
  readonly share?: number;
  /** Nats a token that the smoothed loss may always rise above its best. Default 1: the perplexity times e. */
  readonly rise?: number;
  /** Updates in a row that the smoothed loss has to stay too high. Default 100. */
  readonly patience?: number;
  /** Updates that the smoothed loss averages over. Default 20. */
  readonly horizon?: number;
  /**
   * Nats a token of a model that knows how often each token comes and nothing else, as `tokenEntropy` gives them.
   * Default: unknown, and neither rule that needs it holds.
   */
  readonly unigram?: number;
  /** Updates by which a model has to be better than that by 5 %. Take at least twice the warm-up. Default 2000. */
  readonly stall?: number;
}

/**
 * What the guard remembers between updates. Plain data for a checkpoint; every number is finite. Losses are the
 * log-likelihood's where updates say it.
 */
export interface LossGuardState {
  /** Updates seen. */
  readonly updates: number;
  /** Loss of the first. */
  readonly initial: number;
  /** Mean of the first `horizon` losses, from then on the exponential moving average. */
  readonly smoothed: number;
  /** The lowest of the first loss and of the smoothed ones over a whole horizon. */
  readonly best: number;
  /** Updates in a row whose smoothed loss was too high. */
  readonly above: number;
}

/** The figures of an update that the guard looks at, as `Trainer.step` and `NotFiniteUpdate` have them. */
export interface SeenUpdate {
  readonly update: number;
  /** A token, in nats. */
  readonly loss: number;
  /** Without label smoothing: what is looked at where it is given. */
  readonly nll?: number;
  readonly gradientNorm?: number;
}

/** That training diverges, and how one can tell. */
export interface Divergence {
  readonly kind: 'notFinite' | 'rise' | 'stall';
  readonly update: number;
  readonly loss: number;
  readonly gradientNorm?: number;
  /** The smoothed loss, its best, and what it may at most be; absent before a loss was finite. */
  readonly smoothed?: number;
  readonly best?: number;
  readonly limit?: number;
  /** One sentence for people. */
  readonly message: string;
}

/** What a loss guard says after an update. */
export interface GuardedUpdate {
  /** For the next call; undefined as long as no loss was finite. */
  readonly state: LossGuardState | undefined;
  readonly divergence?: Divergence;
}

/** Looks at an update, after those that `state` remembers. */
export type LossGuard = (seen: SeenUpdate, state?: LossGuardState) => GuardedUpdate;

type Given = { readonly [Name in keyof LossGuardOptions]: LossGuardOptions[Name] | undefined };
type Filled = Required<Omit<LossGuardOptions, 'unigram'>> & { readonly unigram?: number | undefined };

/** The options, with their defaults. */
export const guardFields = (): v.GenericSchema<Given, Filled> =>
  fields({
    share: v.optional(
      finite('numbers in (0, 1]', (share) => share > 0 && share <= 1),
      0.5,
    ),
    rise: v.optional(
      finite('numbers > 0', (rise) => rise > 0),
      1,
    ),
    patience: v.optional(whole(), 100),
    horizon: v.optional(whole(), 20),
    unigram: v.optional(finite('numbers > 0', (nats) => nats > 0)),
    stall: v.optional(whole(), 2000),
  } satisfies SchemasOf<LossGuardOptions>);

/** Of the loss that the tokens' frequencies alone give, the share above which a model knows no more than those. */
const NOTHING_KNOWN = 0.95;
/** The share below which it has surely known more. */
const SOMETHING_KNOWN = 0.9;

/**
 * Tells whether training diverges:
 *
 * - at once where the loss or the gradient's norm is not finite;
 * - where the smoothed loss has stayed above best + max(rise, share (initial - best)) for `patience` updates in a row.
 *   Where `unigram` is known and the best was below 90 % of it, a loss above 95 % of it is too high as well;
 * - where `unigram` is known and the smoothed loss has never been below 95 % of it in the first `stall` updates.
 *
 * The first is what overflow does, the second a rate too high for a trained model. The third is how deep Post-LN fails:
 * its loss falls to that of the tokens' frequencies, as if nothing were wrong, and stays. A spike has passed before the
 * patience has; the bump of a short warm-up stays within `rise` of the first loss or is as short; label smoothing,
 * which adds a floor, is not in the log-likelihood.
 *
 * A pure function of what it is given: a run goes on from a saved state as if it had not stopped.
 */
export const lossGuard = (options: LossGuardOptions = {}): LossGuard => {
  const { share, rise, patience, horizon, stall, unigram } = parseAs(guardFields(), options, 'lossGuard()');
  const nothing = NOTHING_KNOWN * (unigram ?? Number.POSITIVE_INFINITY);
  const something = SOMETHING_KNOWN * (unigram ?? 0);
  const limitOf = ({ initial, best }: LossGuardState): number =>
    Math.min(
      best + Math.max(rise, share * (initial - best)),
      best < something ? nothing : Number.POSITIVE_INFINITY,
    );
  return (seen, state) => {
    const { loss, nll = loss, gradientNorm } = seen;
    if (![loss, nll, gradientNorm ?? 0].every(Number.isFinite)) {
      return { state, divergence: notFinite(seen, state, state && limitOf(state)) };
    }
    const next = after(nll, horizon, state);
    const limit = limitOf(next);
    const above = next.smoothed > limit && next.updates >= horizon ? next.above + 1 : 0;
    const now = { ...next, above };
    if (above >= patience) return { state: now, divergence: risen(seen, now, limit) };
    const stalled = unigram !== undefined && now.updates >= Math.max(stall, horizon) && now.best > nothing;
    return stalled ? { state: now, divergence: stuck(seen, now, limit, unigram) } : { state: now };
  };
};

const after = (loss: number, horizon: number, state?: LossGuardState): LossGuardState => {
  if (!state) return { updates: 1, initial: loss, smoothed: loss, best: loss, above: 0 };
  const updates = state.updates + 1;
  const smoothed = state.smoothed + (loss - state.smoothed) / Math.min(updates, horizon);
  // A lucky batch or two are no best.
  const best = updates >= horizon ? Math.min(state.best, smoothed) : state.best;
  return { ...state, updates, smoothed, best };
};

const short = (value: number): string =>
  Number.isFinite(value) ? `${Number(value.toPrecision(4))}` : `${value}`;

const notFinite = (
  { update, loss, gradientNorm }: SeenUpdate,
  state: LossGuardState | undefined,
  limit: number | undefined,
): Divergence => ({
  kind: 'notFinite',
  update,
  loss,
  ...(gradientNorm === undefined ? {} : { gradientNorm }),
  ...(state && limit !== undefined ? { smoothed: state.smoothed, best: state.best, limit } : {}),
  message:
    `training has diverged at update ${update}: the loss is ${short(loss)}` +
    (gradientNorm === undefined ? '' : ` and the gradient's norm ${short(gradientNorm)}`),
});

/** The figures of a divergence of finite numbers. */
const figures = (
  { update, loss, gradientNorm }: SeenUpdate,
  { smoothed, best }: LossGuardState,
  limit: number,
): Omit<Divergence, 'kind' | 'message'> => ({
  update,
  loss,
  ...(gradientNorm === undefined ? {} : { gradientNorm }),
  smoothed,
  best,
  limit,
});

const risen = (seen: SeenUpdate, state: LossGuardState, limit: number): Divergence => ({
  kind: 'rise',
  ...figures(seen, state, limit),
  message:
    `training has diverged at update ${seen.update}: the smoothed loss is ${short(state.smoothed)}, and has been above ` +
    `${short(limit)} for ${state.above} updates; it began at ${short(state.initial)} and was ${short(state.best)} at best`,
});

const stuck = (seen: SeenUpdate, state: LossGuardState, limit: number, unigram: number): Divergence => ({
  kind: 'stall',
  ...figures(seen, state, limit),
  message:
    `training is stuck at update ${seen.update}: the smoothed loss was ${short(state.best)} at best, and the frequencies ` +
    `of the tokens alone give ${short(unigram)}`,
});
