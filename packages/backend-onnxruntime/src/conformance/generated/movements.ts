import * as tf from '@tensorflow/tfjs';
import type { Plain } from '../../testing';
import type { Draw } from './draw';
import type { Generated } from './outcome';

const anyType = (draw: Draw): ((shape: readonly number[]) => Plain) =>
  draw.of([draw.specials, (s: readonly number[]) => draw.integers(s, 99), draw.bools]);

const permutation = (draw: Draw, rank: number): number[] => {
  const order = Array.from({ length: rank }, (_, i) => i);
  for (let i = rank - 1; i > 0; i--) {
    const j = draw.whole(0, i);
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
};

export const transpose = (draw: Draw): Generated => {
  const shape = draw.shape(draw.whole(0, 6));
  const order = permutation(draw, shape.length);
  const x = anyType(draw)(shape);
  return {
    name: `transpose [${shape}] to [${order}] of ${x.dtype}`,
    inputs: { x },
    program: (t) => [tf.transpose(t.x!, order), tf.reshape(tf.transpose(t.x!, order), [-1])],
  };
};

/** Tensors of one shape but for an axis, put one after the other; at times they do not fit. */
export const concat = (draw: Draw): Generated => {
  const shape = draw.shape(draw.whole(1, 5));
  const axis = draw.whole(0, shape.length - 1);
  const make = anyType(draw);
  const odd = draw.chance(0.05) ? [...shape, 2] : undefined;
  const inputs = Object.fromEntries(
    Array.from({ length: draw.whole(1, 4) }, (_, i) => {
      const own = shape.map((n, j) => (j === axis ? draw.whole(0, 5) : n));
      return [`x${i}`, make(i === 1 && odd ? odd : own)] as const;
    }),
  );
  const given = draw.chance(0.3) ? axis - shape.length : axis;
  return {
    name: `concat of ${Object.values(inputs).map((x) => `[${x.shape}]`)} along ${given}`,
    inputs,
    program: (t) => [tf.concat(Object.values(t), given)],
  };
};

export const stack = (draw: Draw): Generated => {
  const shape = draw.shape(draw.whole(0, 5));
  const make = anyType(draw);
  const axis = draw.whole(-shape.length, shape.length);
  const inputs = Object.fromEntries(
    Array.from({ length: draw.whole(1, 4) }, (_, i) => [`x${i}`, make(shape)] as const),
  );
  return {
    name: `stack of ${Object.keys(inputs).length} [${shape}] along ${axis}`,
    inputs,
    program: (t) => {
      const whole = tf.stack(Object.values(t), axis);
      return [whole, ...tf.unstack(whole, axis)];
    },
  };
};

/** Pieces along an axis: equal, given, or with one left to be found; at times they do not add up. */
export const split = (draw: Draw): Generated => {
  const shape = draw.shape(draw.whole(1, 5));
  const axis = draw.whole(0, shape.length - 1);
  const size = shape[axis]!;
  const first = draw.whole(0, size);
  const pieces = draw.of<number | number[]>([size, [first, size - first], [first, -1], [first, size], 1, 2]);
  const x = anyType(draw)(shape);
  return {
    name: `split [${shape}] along ${axis} in [${pieces}]`,
    inputs: { x },
    program: (t) => tf.split(t.x!, pieces, axis),
  };
};

export const slice = (draw: Draw): Generated => {
  const shape = draw.shape(draw.whole(1, 6));
  const begin = shape.map((n) => draw.whole(0, n));
  const wrong = draw.chance(0.05) ? 1 : 0;
  const size = shape.map((n, i) => (draw.chance(0.2) ? -1 : draw.whole(0, n - begin[i]!) + wrong));
  const length = draw.whole(1, shape.length);
  const x = anyType(draw)(shape);
  return {
    name: `slice [${shape}] at [${begin.slice(0, length)}] of [${size.slice(0, length)}]`,
    inputs: { x },
    program: (t) => [tf.slice(t.x!, begin.slice(0, length), size.slice(0, length))],
  };
};

export const pad = (draw: Draw): Generated => {
  const shape = draw.shape(draw.whole(0, 5));
  const paddings = shape.map(() => [draw.whole(0, 3), draw.whole(0, 3)] as [number, number]);
  const x = anyType(draw)(shape);
  const value = x.dtype === 'bool' ? draw.whole(0, 1) : draw.whole(-3, 3);
  return {
    name: `pad [${shape}] by [${paddings.join(' ')}] of ${x.dtype}`,
    inputs: { x },
    program: (t) => [tf.pad(t.x!, paddings, value)],
  };
};

export const tile = (draw: Draw): Generated => {
  const shape = draw.shape(draw.whole(1, 5), 4);
  const reps = shape.map(() => draw.of([1, 1, 2, 3, 0]));
  const x = anyType(draw)(shape);
  return {
    name: `tile [${shape}] by [${reps}] of ${x.dtype}`,
    inputs: { x },
    program: (t) => [tf.tile(t.x!, reps)],
  };
};

/** Rows by index, with leading axes in common or not; indices out of range are refused. */
export const gather = (draw: Draw): Generated => {
  const shape = draw.shape(draw.whole(1, 4));
  const axis = draw.whole(0, shape.length - 1);
  const batchDims = draw.chance(0.25) ? draw.whole(0, axis) : 0;
  const ids = [...shape.slice(0, batchDims), ...draw.shape(draw.whole(0, 2))];
  const out = draw.chance(0.1) ? 1 : 0;
  const x = anyType(draw)(shape);
  const indices = draw.integers(ids, Math.max(1, shape[axis]! + out));
  const signed = draw.chance(0.05) ? { ...indices, values: indices.values.map((i) => i - 1) } : indices;
  return {
    name: `gather [${shape}] at [${ids}] along ${axis}, ${batchDims} in common, of ${x.dtype}`,
    inputs: { x, ids: signed },
    program: (t) => [tf.gather(t.x!, t.ids as tf.Tensor1D, axis, batchDims)],
  };
};

export const oneHot = (draw: Draw): Generated => {
  const shape = draw.shape(draw.whole(0, 3));
  const depth = draw.whole(1, 7);
  const dtype = draw.of(['float32', 'int32', 'bool'] as const);
  const ids = draw.integers(shape, depth + 3);
  return {
    name: `oneHot of [${shape}] in ${depth} of ${dtype}`,
    inputs: { ids: { ...ids, values: ids.values.map((id) => id - 1) } },
    program: (t) => [tf.oneHot(t.ids as tf.Tensor1D, depth, 1, 0, dtype)],
  };
};

/** Rows added up by id. tfjs's cpu kernel is right for ids of one axis. */
export const segmentSum = (draw: Draw): Generated => {
  const shape = draw.shape(draw.whole(1, 4));
  const ids = shape.slice(0, 1);
  const count = draw.whole(1, 6);
  const x = draw.chance(0.8) ? draw.floats(shape) : draw.integers(shape, 9);
  return {
    name: `unsortedSegmentSum of ${x.dtype} [${shape}] in ${count}`,
    inputs: { x, ids: draw.integers(ids, count + 1) },
    program: (t) => [tf.unsortedSegmentSum(t.x!, t.ids as tf.Tensor1D, count)],
  };
};

export const cast = (draw: Draw): Generated => {
  const shape = draw.shape(draw.whole(0, 5));
  const x = anyType(draw)(shape);
  const dtype = draw.of(['float32', 'int32', 'bool'] as const);
  return {
    name: `cast [${shape}] of ${x.dtype} to ${dtype}`,
    inputs: { x },
    program: (t) => [
      tf.cast(t.x!, dtype),
      tf.logicalNot(tf.cast(t.x!, 'bool')),
      tf.fill(shape as [number], x.dtype === 'bool' ? 1 : 3, x.dtype),
    ],
  };
};
