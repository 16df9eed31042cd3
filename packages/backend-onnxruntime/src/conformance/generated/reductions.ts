import * as tf from '@tensorflow/tfjs';
import type { Plain } from '../../testing';
import type { Draw } from './draw';
import type { Generated } from './outcome';

const REDUCTIONS = {
  sum: tf.sum,
  mean: tf.mean,
  max: tf.max,
  min: tf.min,
  prod: tf.prod,
  logSumExp: tf.logSumExp,
} as const;

const axesOf = (draw: Draw, rank: number): number[] | undefined => {
  if (draw.chance(0.15)) return undefined;
  const all = Array.from({ length: rank }, (_, i) => i).filter(() => draw.chance(0.5));
  return all.map((axis) => (draw.chance(0.3) ? axis - rank : axis));
};

/** A reduction over any axes, none included. */
export const reduction = (draw: Draw): Generated => {
  const name = draw.of(Object.keys(REDUCTIONS) as (keyof typeof REDUCTIONS)[]);
  const shape = draw.shape(draw.whole(0, 6), 5);
  const axes = axesOf(draw, shape.length);
  const keep = draw.chance(0.5);
  const kind = draw.of(['float', 'float', 'special', 'int32', 'bool'] as const);
  const make: Readonly<Record<typeof kind, () => Plain>> = {
    float: () => draw.floats(shape),
    special: () => draw.summable(shape),
    int32: () => draw.integers(shape, 4),
    bool: () => draw.bools(shape),
  };
  return {
    name: `${name} of ${kind} [${shape}] over [${axes ?? 'all'}]${keep ? ', kept' : ''}`,
    inputs: { x: make[kind]() },
    program: (t) => [REDUCTIONS[name](t.x!, axes, keep)],
    tolerance: 2e-5,
  };
};

/** Softmax over the last axis, or an axis that tfjs refuses. */
export const softmax = (draw: Draw): Generated => {
  const shape = draw.shape(draw.whole(0, 5));
  const axis = draw.chance(0.7) ? -1 : draw.whole(0, Math.max(0, shape.length - 1));
  const f = draw.of([tf.softmax, tf.logSoftmax] as const);
  return {
    name: `${f === tf.softmax ? 'softmax' : 'logSoftmax'} of [${shape}] over ${axis}`,
    inputs: { x: draw.chance(0.2) ? draw.specials(shape) : draw.floats(shape) },
    program: (t) => [f(t.x!, axis)],
  };
};

/** Gradients through reductions. */
export const reductionGradient = (draw: Draw): Generated => {
  const name = draw.of(['sum', 'mean', 'max', 'logSumExp'] as const);
  const shape = draw.shape(draw.whole(0, 5), 4);
  const axes = axesOf(draw, shape.length);
  const keep = draw.chance(0.5);
  return {
    name: `gradient of ${name} of [${shape}] over [${axes ?? 'all'}]`,
    inputs: { x: draw.floats(shape) },
    program: (t) => [tf.grad((x) => REDUCTIONS[name](x, axes, keep))(t.x!)],
  };
};

/** Norms made of several ops: batch norm, moments, and layer norm by hand. */
export const norms = (draw: Draw): Generated => {
  const shape = draw.shape(4, 5);
  const channels = shape[3]!;
  const per = draw.chance(0.7) ? [channels] : shape;
  const positive = (plain: Plain): Plain => ({ ...plain, values: plain.values.map((x) => 1.5 + x) });
  return {
    name: `norms of [${shape}] by [${per}]`,
    inputs: {
      x: draw.floats(shape),
      mean: draw.floats(per),
      variance: positive(draw.floats(per)),
      gain: draw.floats(per),
      bias: draw.floats(per),
    },
    program: (t) => {
      const { mean, variance } = tf.moments(t.x!, -1, true);
      const normal = tf.mul(tf.sub(t.x!, mean), tf.rsqrt(tf.add(variance, 1e-3)));
      return [
        tf.batchNorm(
          t.x as tf.Tensor4D,
          t.mean as tf.Tensor1D,
          t.variance as tf.Tensor1D,
          t.bias as tf.Tensor1D,
          t.gain as tf.Tensor1D,
        ),
        tf.add(tf.mul(normal, t.gain!), t.bias!),
      ];
    },
    tolerance: 1e-4,
  };
};
