import {
  flatten,
  lossAndGradient,
  type Module,
  type NamedParameter,
  type Parameter,
  type Stacked,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import type { Loss } from './loss';
import { quietLoss } from './lossGradients';
import { outputsOf, type Watched } from './outputs';
import { withTwin } from './perturb';
import { notFinite, residualsOf } from './residuals';
import { perToken, realTokens, tokenCount } from './tokens';
import { type TrainedBy, type TrialUpdate, trialUpdate } from './trialUpdate';

/** What a model does at the weights to which its next update leads, by the update's rate. */
export interface AlongUpdate {
  /** A rate at which the update is 2^-12 of the weights: small, and above the rounding of float32. */
  readonly smallest: number;
  /** L before the update. */
  readonly loss: number;
  /** g . s, the gradient times the step of rate 1: how fast the loss falls at first. */
  readonly slope: number;
  /** Minus the derivative of the loss along s, behind a step by this rate, which may be below 0. */
  slopeAt(rate: number): Promise<number>;
  /** L, and the output change D of the last stack. */
  at(rate: number): Promise<{ readonly loss: number; readonly change: number }>;
}

/** What is updated, and how. */
export interface Updated<Batch> extends TrainedBy {
  readonly model: Stacked<Batch>;
  readonly batch: Batch;
  readonly loss: Loss<Batch>;
}

const SHARE = 2 ** -12;

/**
 * Hands `f` the way of a model's next update; undefined where that moves nothing. Dropout is off, and weights are back to
 * the bit afterwards.
 *
 * @throws SteadyformerError on a model without residuals, and where loss or gradient are not finite
 */
export const alongUpdate = async <Batch, T>(
  { model, batch, loss, ...by }: Updated<Batch>,
  where: string,
  f: (along: AlongUpdate | undefined) => Promise<T>,
): Promise<T> => {
  const sites = residualsOf(model, where);
  const { path: last, stackPath } = [...sites.values()].at(-1)!;
  const masks = await realTokens(where, model, batch);
  const owned: tf.Tensor[] = Object.values(masks);
  const own = <Kept extends tf.Tensor>(tensor: Kept): Kept => {
    owned.push(tensor);
    return tensor;
  };
  const lossNow = quietLoss(batch, sites, loss, where);
  const watched: Watched = { wanted: new Set([last]), masks, f: perToken };
  const outputNow = (): tf.Tensor3D => outputsOf(model, batch, sites, watched, where).get(last)!;
  try {
    const trial = trialUpdate(model, by);
    const start = own(trial.start);
    const displaced = <R>(way: tf.Tensor1D, run: () => Promise<R>): Promise<R> =>
      withDisplaced(model, trial.trained, way, run);
    const gradientAt = (way: tf.Tensor1D): Promise<tf.Tensor1D> =>
      displaced(way, async () => {
        const { loss: value, gradient } = lossAndGradient(trial.trained, lossNow);
        value.dispose();
        return gradient;
      });
    const gradient = own(await gradientAt(start));
    const [weights = 0] = await numbers(() => [
      tf.norm(flatten(trial.trained.map(({ parameter }) => parameter.variable))),
    ]);
    const small = SHARE * (weights > 0 ? weights : 1);
    const { step, smallest } = await firstDirection(trial, gradient, small);
    own(step);
    const [slope = Number.NaN] = await numbers(() => [tf.neg(tf.dot(gradient, step))]);
    if (!Number.isFinite(slope)) throw notFinite(`${where} gradient`, stackPath, slope);
    if (smallest === Number.POSITIVE_INFINITY) return await f(undefined);
    const before = own(await displaced(start, async () => outputNow()));
    const count = (await tokenCount(before.shape, masks[stackPath])) * before.shape[2];
    const lossAt = async (): Promise<number> => (await numbers(() => [lossNow()]))[0]!;
    const behind = (rate: number): tf.Tensor1D =>
      trial.straight ? tf.tidy(() => tf.add(start, tf.mul(step, rate))) : trial.moved(gradient, rate);
    return await f({
      smallest,
      slope,
      loss: await displaced(start, lossAt),
      slopeAt: async (rate) => {
        const way = tf.tidy(() => tf.add<tf.Tensor1D>(start, tf.mul(step, rate)));
        try {
          const there = await gradientAt(way);
          const [found = Number.NaN] = await numbers(() => [tf.neg(tf.dot(there, step))]);
          there.dispose();
          return found;
        } finally {
          way.dispose();
        }
      },
      at: async (rate) => {
        const way = behind(rate);
        try {
          return await displaced(way, async () => {
            const now = outputNow();
            const [squares = Number.NaN] = await numbers(() => [tf.sum(tf.squaredDifference(now, before))]);
            now.dispose();
            return { loss: await lossAt(), change: squares / count };
          });
        } finally {
          way.dispose();
        }
      },
    });
  } finally {
    tf.dispose(owned);
  }
};

/** The update of rate 1, and the rate at which it is `small`; that of an update that projections bend is where it begins. */
const firstDirection = async (
  trial: TrialUpdate,
  gradient: tf.Tensor1D,
  small: number,
): Promise<{ readonly step: tf.Tensor1D; readonly smallest: number }> => {
  const at = async (rate: number): Promise<{ readonly step: tf.Tensor1D; readonly smallest: number }> => {
    const moved = trial.moved(gradient, rate);
    const step = tf.tidy(() => tf.div<tf.Tensor1D>(tf.sub(moved, trial.start), rate));
    moved.dispose();
    const [size = Number.NaN] = await numbers(() => [tf.norm(step)]);
    return { step, smallest: small / size };
  };
  let found = await at(1);
  for (let k = 0; k < 2 && !trial.straight && Number.isFinite(found.smallest); k++) {
    found.step.dispose();
    found = await at(found.smallest);
  }
  return found;
};

/** Runs with parameters so far from where they are, [P] in their order. */
const withDisplaced = <R>(
  model: Module,
  parameters: readonly NamedParameter[],
  way: tf.Tensor1D,
  run: () => Promise<R>,
): Promise<R> => {
  const from = new Map<Parameter, number>();
  let end = 0;
  for (const { parameter } of parameters) {
    from.set(parameter, end);
    end += parameter.size;
  }
  return withTwin(
    model,
    ({ parameter }) => from.has(parameter),
    ({ parameter }) =>
      tf.tidy(() => tf.reshape(tf.slice1d(way, from.get(parameter)!, parameter.size), [...parameter.shape])),
    (twin) => {
      twin.use('changed');
      return run();
    },
  );
};

/** Reads scalars, which are disposed. */
const numbers = async (scalars: () => tf.Tensor[]): Promise<readonly number[]> => {
  const all = tf.tidy(() => tf.stack(scalars()));
  const values = await all.data();
  all.dispose();
  return [...values];
};
