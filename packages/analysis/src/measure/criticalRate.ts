import {
  callback,
  fields,
  isRecord,
  needed,
  type OptimizerState,
  type ParameterGroup,
  parseAs,
  type Stacked,
  SteadyformerError,
  such,
  type UpdateRule,
} from '@steadyformer/core';
import * as v from 'valibot';
import { type AlongUpdate, alongUpdate } from './alongUpdate';
import type { Loss } from './loss';
import { changingRate, linearRange, type RatePoint, risingRate } from './rateLimits';
import { above0, ruleOption } from './trainingOptions';

/** Options of `criticalRate`. */
export interface CriticalRateOptions<Batch> {
  /** What the update is to lower. */
  readonly loss: Loss<Batch>;
  /** Default `adam()`. */
  readonly rule?: UpdateRule;
  /** Parameters that are trained in a way of their own; what the model's methods ask for comes on top. Default none. */
  readonly groups?: readonly ParameterGroup[];
  /** Where the optimizer is, as `await optimizer.state()` gives it. Default: the update is its first. */
  readonly state?: OptimizerState;
  /** D of one update that counts as the limit, a choice and no theorem. Default 0.1: the output moves by a third of its size. */
  readonly change?: number;
}

/** What bounds a rate. */
export type RateBound = 'curvature' | 'loss' | 'change';

/** What `criticalRate` gives; plain data. */
export interface CriticalRate {
  /** The smallest of the limits; null where none is reached. */
  readonly rate: number | null;
  /** Which of them that is. */
  readonly bound: RateBound | null;
  /** Each limit by itself; null where it is not reached. */
  readonly limits: Readonly<Record<RateBound, number | null>>;
  /** L before the update. */
  readonly loss: number;
  /** g . s, s the update of rate 1: how fast the loss falls with the rate, at first. */
  readonly slope: number;
  /** s . H s, the curvature of the loss along the update. */
  readonly curvature: number;
  /** Of the curvature: how far twice the step of its difference changes it, divided by 3. */
  readonly curvatureError: number;
  /** Rates between which the output moves in proportion to the rate, within a tenth. */
  readonly linear: readonly [number, number];
  /** What was measured, by rising rates. */
  readonly points: readonly RatePoint[];
}

const WHERE = 'criticalRate()';

/** Rates double from the smallest, 2^-12 of the weights, to 4 times the weights. */
const DOUBLINGS = 14;

const optionsSchema = <Batch>() =>
  fields({
    loss: needed(callback<Loss<Batch>>('(batch, context) => a scalar')),
    rule: ruleOption(),
    groups: v.optional(
      such<readonly ParameterGroup[]>('a list of groups', (value) => Array.isArray(value)),
      () => [],
    ),
    state: v.optional(such<OptimizerState>('the state of an optimizer, as its state() gives it', isRecord)),
    change: v.optional(above0(), 0.1),
  });

/**
 * The critical learning rate of a model: the largest at which its next update by an optimizer is steady, on one batch. With
 * s the update of rate 1 (Adam's first is the sign of the gradient g), the weights behind it are w - rate s, and each of
 * three limits holds by itself:
 *
 * - `curvature`: 2 (g . s) / (s . H s), where the quadratic model of the loss along s is back at L (Roulet et al. 2024,
 *   "Stepping on the Edge": sigma = 2; for gradient descent along an eigenvector it is 2 / lambda). Null where the curvature
 *   is not above its own error
 * - `loss`: where the loss itself is (the critical rate of Kalra and Barkeshli 2024, "Why Warmup the Learning Rate?": the
 *   smallest at which one update raises it)
 * - `change`: where D, the change of the normalised output as `outputChange` takes it, reaches `change`
 *
 * It takes for granted that the batch's loss stands for that of all, and speaks of one update: Adam's later ones have another
 * direction, curvature changes while a model learns, and a rate that rises slowly may come to be larger. Give `state` to ask
 * again later. Groups and the factors and projections of methods count, as in training.
 *
 * s . H s is the central difference of the gradient along s: 5 gradients and up to 15 rates with two passes each, on one more
 * copy of the weights. Dropout is off, pads are left out, and weights and state are to the bit what they were.
 *
 * @throws SteadyformerError on options it does not know, a model without residuals, an update that moves nothing, and a loss
 *   that is not finite before it
 */
export const criticalRate = async <Batch>(
  model: Stacked<Batch>,
  batch: Batch,
  options: CriticalRateOptions<Batch>,
): Promise<CriticalRate> => {
  const { change, ...by } = parseAs(optionsSchema<Batch>(), options, WHERE);
  return alongUpdate({ model, batch, ...by }, WHERE, async (along) => {
    if (!along) {
      throw new SteadyformerError(
        `${WHERE}: the next update by '${by.rule.name}' moves nothing: the loss does not depend on the parameters that are trained, or the rule leaves its first updates out; give another loss, or the state of an optimizer that has made some`,
      );
    }
    const { loss, slope, smallest } = along;
    const { curvature, error } = await curvatureAlong(along, smallest);
    const points = await pointsAlong(along, change);
    const limits = {
      curvature: edge(slope, curvature, error),
      loss: risingRate(points, loss),
      change: changingRate(points, change),
    };
    const bound = smallestOf(limits);
    return {
      rate: bound && limits[bound],
      bound,
      limits,
      loss,
      slope,
      curvature,
      curvatureError: error,
      linear: linearRange(points),
      points,
    };
  });
};

/** 2 g . s / s . H s: 0 where the update climbs from the start, null where no upward curvature can be told from its error. */
const edge = (slope: number, curvature: number, error: number): number | null => {
  if (slope <= 0) return 0;
  return curvature > error ? (2 * slope) / curvature : null;
};

/** Central differences of steps h and 2 h, extrapolated. */
const curvatureAlong = async (
  { slopeAt }: AlongUpdate,
  h: number,
): Promise<{ readonly curvature: number; readonly error: number }> => {
  const difference = async (step: number): Promise<number> =>
    ((await slopeAt(-step)) - (await slopeAt(step))) / (2 * step);
  const [fine, coarse] = [await difference(h), await difference(2 * h)];
  return { curvature: fine, error: Math.abs(coarse - fine) / 3 };
};

/** Doubles the rate until the loss has risen and the output moved by the limit, or nothing finite is left. */
const pointsAlong = async (
  { at, smallest, loss }: AlongUpdate,
  limit: number,
): Promise<readonly RatePoint[]> => {
  const points: RatePoint[] = [];
  for (let k = 0; k <= DOUBLINGS; k++) {
    const rate = smallest * 2 ** k;
    const point = { rate, ...(await at(rate)) };
    points.push(point);
    const finished = !(point.loss <= loss) && !(point.change < limit);
    if (finished || !Number.isFinite(point.loss + point.change)) break;
  }
  return points;
};

const smallestOf = (limits: CriticalRate['limits']): RateBound | null => {
  const reached = (['curvature', 'loss', 'change'] as const).filter((bound) => limits[bound] !== null);
  return reached.sort((one, other) => limits[one]! - limits[other]!)[0] ?? null;
};
