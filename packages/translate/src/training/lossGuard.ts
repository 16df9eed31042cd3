import { fields, finite, parseAs, whole } from '@steadyformer/core';
import * as v from 'valibot';
import type { SchemasOf } from '../checks/schemas';

export interface LossGuardOptions {
  /** Of what was learned (the first loss less the best smoothed one), the share that may be lost again. Default 0.5. */
  readonly share?: number;
  /** Nats a token that the smoothed loss may always rise above its best. Default 1: the perplexity times e. */
  readonly rise?: number;
  /** Updates in a row that the smoothed loss has to stay too high. Default 100. */
  readonly patience?: number;
  /** Updates that the smoothed loss averages over. Default 20. */
  readonly horizon?: number;
}

/** What the guard remembers between updates. Plain data for a checkpoint; every number is finite. */
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
  readonly gradientNorm?: number;
}

/** That training diverges, and how one can tell. */
export interface Divergence {
  readonly kind: 'notFinite' | 'rise';
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

export interface GuardedUpdate {
  /** For the next call; undefined as long as no loss was finite. */
  readonly state: LossGuardState | undefined;
  readonly divergence?: Divergence;
}

/** Looks at an update, after those that `state` remembers. */
export type LossGuard = (seen: SeenUpdate, state?: LossGuardState) => GuardedUpdate;

const optionFields = () =>
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
  } satisfies SchemasOf<LossGuardOptions>);

/**
 * Tells whether training diverges: at once where the loss or the gradient's norm is not finite, and where the smoothed
 * loss has stayed above best + max(rise, share (initial - best)) for `patience` updates in a row.
 *
 * Label smoothing adds its floor to every loss alike, so that differences do not see it. A spike has passed before
 * the patience has; the bump of a short warm-up stays within `rise` of the first loss or is as short. A model that falls
 * back to the frequencies of tokens, as deep Post-LN does, has lost more than half and does not come back.
 *
 * A pure function of what it is given: a run goes on from a saved state as if it had not stopped.
 */
export const lossGuard = (options: LossGuardOptions = {}): LossGuard => {
  const { share, rise, patience, horizon } = parseAs(optionFields(), options, 'lossGuard()');
  const limitOf = ({ initial, best }: LossGuardState): number =>
    best + Math.max(rise, share * (initial - best));
  return (seen, state) => {
    const { loss, gradientNorm } = seen;
    if (!Number.isFinite(loss) || (gradientNorm !== undefined && !Number.isFinite(gradientNorm))) {
      return { state, divergence: notFinite(seen, state, state && limitOf(state)) };
    }
    const next = after(loss, horizon, state);
    const limit = limitOf(next);
    const above = next.smoothed > limit && next.updates >= horizon ? next.above + 1 : 0;
    const now = { ...next, above };
    return above < patience ? { state: now } : { state: now, divergence: risen(seen, now, limit) };
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

const risen = (
  { update, loss, gradientNorm }: SeenUpdate,
  { smoothed, best, initial, above }: LossGuardState,
  limit: number,
): Divergence => ({
  kind: 'rise',
  update,
  loss,
  ...(gradientNorm === undefined ? {} : { gradientNorm }),
  smoothed,
  best,
  limit,
  message:
    `training has diverged at update ${update}: the smoothed loss is ${short(smoothed)}, and has been above ` +
    `${short(limit)} for ${above} updates; it began at ${short(initial)} and was ${short(best)} at best`,
});
