import * as tf from '@tensorflow/tfjs';
import { computeOne, type Ops } from '../ops/compute';
import type { Handle } from '../ops/native';
import { onHost } from './host';
import { type Call, type Repair, repaired } from './kernel';

/** A pooling along one axis. */
interface Window {
  readonly size: number;
  readonly stride: number;
  /** Numbers of the axis, and pads before it. */
  readonly length: number;
  readonly before: number;
  readonly after: number;
  readonly outputs: number;
}

type Dimensions = 2 | 3;

const windowOf = (length: number, size: number, stride: number, before: number, outputs: number): Window => ({
  ...{ size, stride, length, before, outputs },
  after: Math.max(0, (outputs - 1) * stride + size - length - before),
});

interface Pool {
  readonly type: string;
  readonly windows: readonly Window[];
}

/** What tfjs computes of a pooling's attributes, for x [B, (depth,) height, width, C]. */
const poolOf = (shape: readonly number[], attrs: Call['attrs'], dimensions: Dimensions): Pool => {
  const { filterSize, strides, pad, dimRoundingMode } = attrs as {
    filterSize: number;
    strides: number;
    pad: 'valid';
    dimRoundingMode?: 'floor';
  };
  if (dimensions === 2) {
    const at = tf.backend_util.computePool2DInfo(
      shape as [number, number, number, number],
      ...([filterSize, strides, 1, pad, dimRoundingMode] as const),
    );
    const rows = windowOf(at.inHeight, at.filterHeight, at.strideHeight, at.padInfo.top, at.outHeight);
    const columns = windowOf(at.inWidth, at.filterWidth, at.strideWidth, at.padInfo.left, at.outWidth);
    return { type: at.padInfo.type, windows: [rows, columns] };
  }
  const at = tf.backend_util.computePool3DInfo(
    shape as [number, number, number, number, number],
    ...([filterSize, strides, 1, pad, dimRoundingMode] as const),
  );
  const planes = windowOf(at.inDepth, at.filterDepth, at.strideDepth, at.padInfo.front, at.outDepth);
  const rows = windowOf(at.inHeight, at.filterHeight, at.strideHeight, at.padInfo.top, at.outHeight);
  const columns = windowOf(at.inWidth, at.filterWidth, at.strideWidth, at.padInfo.left, at.outWidth);
  return { type: at.padInfo.type, windows: [planes, rows, columns] };
};

const padsOf = ({ windows }: Pool): number[] => [
  ...[0, 0],
  ...windows.flatMap(({ before, after }) => [before, after]),
  ...[0, 0],
];

const padded = ({ run, ints, reals }: Ops, x: Handle, pool: Pool, value: number): Handle =>
  run('PadV2', [x, ints(padsOf(pool), [pool.windows.length + 2, 2]), reals([value])]);

const cropped = ({ run, ints }: Ops, x: Handle, pool: Pool, shape: readonly number[]): Handle =>
  run('Slice', [x, ints([0, ...pool.windows.map(({ before }) => before), 0]), ints(shape)]);

const attributes = ({ windows }: Pool) => ({
  ksize: [1, ...windows.map(({ size }) => size), 1],
  strides: [1, ...windows.map(({ stride }) => stride), 1],
  padding: 'VALID',
  data_format: windows.length === 2 ? 'NHWC' : 'NDHWC',
});

/** By what a mean that counts pads is to be multiplied so that it does not: [1, (depth,) height, width, 1] */
const withoutPads = ({ tensor }: Ops, { windows }: Pool): Handle => {
  const shares = windows.map(({ size, stride, length, before, outputs }) =>
    Array.from({ length: outputs }, (_, at) => {
      const from = at * stride - before;
      const count = Math.min(from + size, length) - Math.max(from, 0);
      return count > 0 ? size / count : 0;
    }),
  );
  const product = shares.reduce<number[]>((all, axis) => all.flatMap((a) => axis.map((b) => a * b)), [1]);
  return tensor(Float32Array.from(product), [1, ...windows.map(({ outputs }) => outputs), 1]);
};

/** Pads of the caller's own, which TensorFlow's pooling does not take. */
const explicit =
  (name: 'x' | 'input', dimensions: Dimensions) =>
  ({ inputs, attrs }: Call): boolean =>
    !['VALID', 'SAME'].includes(poolOf(inputs[name]!.shape, attrs, dimensions).type);

const maxPool = (dimensions: Dimensions): Repair =>
  repaired(explicit('x', dimensions), ({ inputs, attrs, backend }) => {
    const pool = poolOf(inputs.x!.shape, attrs, dimensions);
    return computeOne(backend, (ops) => {
      const wide = padded(ops, ops.of(inputs.x!), pool, Number.NEGATIVE_INFINITY);
      return ops.run(dimensions === 2 ? 'MaxPool' : 'MaxPool3D', [wide], attributes(pool));
    });
  });

const maxPoolGrad = (dimensions: Dimensions): Repair =>
  repaired(explicit('input', dimensions), ({ inputs, attrs, backend }) => {
    const { dy, input, output } = inputs as Record<'dy' | 'input' | 'output', tf.TensorInfo>;
    const pool = poolOf(input.shape, attrs, dimensions);
    return computeOne(backend, (ops) => {
      const wide = padded(ops, ops.of(input), pool, Number.NEGATIVE_INFINITY);
      const name = dimensions === 2 ? 'MaxPoolGrad' : 'MaxPool3DGrad';
      const all = ops.run(name, [wide, ops.of(output), ops.of(dy)], attributes(pool));
      return cropped(ops, all, pool, input.shape);
    });
  });

const avgPool = (dimensions: Dimensions): Repair =>
  repaired(explicit('x', dimensions), ({ inputs, attrs, backend }) => {
    const pool = poolOf(inputs.x!.shape, attrs, dimensions);
    return computeOne(backend, (ops) => {
      const wide = padded(ops, ops.of(inputs.x!), pool, 0);
      const mean = ops.run(dimensions === 2 ? 'AvgPool' : 'AvgPool3D', [wide], attributes(pool));
      return ops.run('Mul', [mean, withoutPads(ops, pool)]);
    });
  });

const avgPoolGrad = (dimensions: Dimensions): Repair =>
  repaired(explicit('input', dimensions), ({ inputs, attrs, backend }) => {
    const { dy, input } = inputs as Record<'dy' | 'input', tf.TensorInfo>;
    const pool = poolOf(input.shape, attrs, dimensions);
    return computeOne(backend, (ops) => {
      const pads = padsOf(pool);
      const shape = ops.ints(input.shape.map((size, axis) => size + pads[2 * axis]! + pads[2 * axis + 1]!));
      const scaled = ops.run('Mul', [ops.of(dy), withoutPads(ops, pool)]);
      const name = dimensions === 2 ? 'AvgPoolGrad' : 'AvgPool3DGrad';
      return cropped(ops, ops.run(name, [shape, scaled], attributes(pool)), pool, input.shape);
    });
  });

/** A window that is larger than what it slides over gives nothing in tfjs, and an error in TensorFlow. */
const orNothing =
  (name: string, repair: Repair): Repair =>
  (native) => {
    const own = repair(native);
    return (call) => {
      const { windows } = poolOf((call as Call).inputs.x!.shape, (call as Call).attrs, 3);
      return windows.some(({ outputs }) => outputs < 1) ? onHost(name)(call) : own(call);
    };
  };

/** Pooling with explicit pads: pads are added, pooled, and cropped from gradients; means do not count them. */
export const poolingRepairs: Readonly<Record<string, Repair>> = {
  MaxPool: maxPool(2),
  MaxPoolGrad: maxPoolGrad(2),
  MaxPool3D: maxPool(3),
  MaxPool3DGrad: maxPoolGrad(3),
  AvgPool: avgPool(2),
  AvgPoolGrad: avgPoolGrad(2),
  AvgPool3D: orNothing('AvgPool3D', avgPool(3)),
  AvgPool3DGrad: avgPoolGrad(3),
};
