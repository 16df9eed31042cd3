import type * as tf from '@tensorflow/tfjs';
import { sizeOf } from '../backend';
import type { Kernel } from '../kernels/kernel';
import { Graph } from '../onnx/graph';
import { expectShape } from './contract';
import { empty } from './layerNorm';
import { nativeOr } from './native';

const normGraph = (epsilon: number) => (): Graph => {
  const g = new Graph();
  const [x, gain] = [g.input(), g.input()];
  const square = g.op('ReduceMean', [g.op('Mul', [x, x]), g.integers(1)], { keepdims: 1 });
  const inverse = g.op('Reciprocal', [g.op('Sqrt', [g.op('Add', [square, g.constant(epsilon)])])]);
  const normalised = g.op('Mul', [x, inverse]);
  g.output(g.op('Mul', [normalised, gain]));
  g.output(normalised);
  g.output(inverse);
  return g;
};

/** SteadyRmsNorm: [y, normalised, inverseRoot] of x [M, D] with gain [D]. */
export const rmsNorm: Kernel = (call) => {
  const { inputs, attrs, backend } = call;
  expectShape('SteadyRmsNorm', call, 'x', [null, null]);
  const x = inputs.x!;
  const [rows, width] = x.shape as [number, number];
  expectShape('SteadyRmsNorm', call, 'gain', [width]);
  const epsilon = attrs.epsilon as number;
  const specs = [{ shape: [rows, width] }, { shape: [rows, width] }, { shape: [rows, 1] }] as const;
  const size = sizeOf(x.shape);
  if (size === 0) return empty(backend, specs);
  const graph = (): tf.TensorInfo[] => {
    const operands = [backend.operand(x), backend.operand(inputs.gain!)];
    return backend.compute(`SteadyRmsNorm:${epsilon}`, normGraph(epsilon), operands, specs, 4 * size);
  };
  const reads = [backend.values(x), backend.values(inputs.gain!)] as const;
  return nativeOr(backend, reads, specs, (k, r, w) => k.rmsNorm(...r, ...w, rows, width, epsilon), graph);
};

/** dx = (dy gain - normalised mean(dy gain normalised)) inverse, the mean a product with gain / D. */
const gradientGraph = (): Graph => {
  const g = new Graph();
  const [dy, normalised, inverse, gain, overWidth] = [g.input(), g.input(), g.input(), g.input(), g.input()];
  const along = g.op('Mul', [dy, normalised]);
  const column = g.op('Reshape', [g.op('Mul', [gain, overWidth]), g.integers(-1, 1)]);
  const taken = g.op('Mul', [normalised, g.matMul(along, column)]);
  g.output(g.op('Mul', [g.op('Sub', [g.op('Mul', [dy, gain]), taken]), inverse]));
  g.output(g.op('ReduceSum', [along, g.integers(0)], { keepdims: 0 }));
  return g;
};

/** SteadyRmsNormGrad: [dx, dGain]. */
export const rmsNormGrad: Kernel = (call) => {
  const { inputs, backend } = call;
  expectShape('SteadyRmsNormGrad', call, 'dy', [null, null]);
  const dy = inputs.dy!;
  const [rows, width] = dy.shape as [number, number];
  expectShape('SteadyRmsNormGrad', call, 'normalised', [rows, width]);
  expectShape('SteadyRmsNormGrad', call, 'inverseRoot', [rows, 1]);
  expectShape('SteadyRmsNormGrad', call, 'gain', [width]);
  const specs = [{ shape: [rows, width] }, { shape: [width] }] as const;
  const size = sizeOf(dy.shape);
  if (size === 0) return empty(backend, specs);
  const saved = [dy, inputs.normalised!, inputs.inverseRoot!, inputs.gain!] as const;
  const graph = (): tf.TensorInfo[] => {
    const operands = [...saved.map((info) => backend.operand(info)), backend.scalar(1 / width)];
    return backend.compute('SteadyRmsNormGrad', gradientGraph, operands, specs, 4 * size);
  };
  const values = (info: tf.TensorInfo): Float32Array => backend.values(info);
  const reads = [values(saved[0]), values(saved[1]), values(saved[2]), values(saved[3])] as const;
  return nativeOr(backend, reads, specs, (k, r, w) => k.rmsNormGrad(...r, ...w, rows, width), graph);
};
