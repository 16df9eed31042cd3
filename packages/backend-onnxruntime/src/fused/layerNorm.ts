import type * as tf from '@tensorflow/tfjs';
import { type OnnxRuntimeBackend, sizeOf } from '../backend';
import type { Kernel } from '../kernels/kernel';
import { Graph, type Value } from '../onnx/graph';
import { expectShape, expectShapeIfAny } from './contract';

/**
 * [y, normalised, inverse deviation] of rows. Written out, of operators that are fast in every release: the operator
 * LayerNormalization is a scalar loop in ONNX Runtime 1.28, as ReduceSumSquare is.
 */
const normalise = (g: Graph, x: Value, gain: Value, bias: Value, epsilon: number): void => {
  const mean = (values: Value): Value => g.op('ReduceMean', [values, g.integers(1)], { keepdims: 1 });
  const centred = g.op('Sub', [x, mean(x)]);
  const variance = mean(g.op('Mul', [centred, centred]));
  const inverse = g.op('Reciprocal', [g.op('Sqrt', [g.op('Add', [variance, g.constant(epsilon)])])]);
  const normalised = g.op('Mul', [centred, inverse]);
  g.output(g.op('Add', [g.op('Mul', [normalised, gain]), bias]));
  g.output(normalised);
  g.output(inverse);
};

const outputs = (rows: number, width: number): { shape: number[] }[] => [
  { shape: [rows, width] },
  { shape: [rows, width] },
  { shape: [rows, 1] },
];

/** Tensors of the shapes, zero: what there is of no rows. */
export const empty = (
  backend: OnnxRuntimeBackend,
  specs: readonly { shape: readonly number[] }[],
): tf.TensorInfo[] =>
  specs.map(({ shape }) => {
    const { info, values } = backend.fresh(shape);
    values.fill(0);
    return info;
  });

/** SteadyLayerNorm: [y, normalised, inverseDeviation] of x [M, D] with gain and bias [D]. */
export const layerNorm: Kernel = (call) => {
  const { inputs, attrs, backend } = call;
  expectShape('SteadyLayerNorm', call, 'x', [null, null]);
  const x = inputs.x!;
  const [rows, width] = x.shape as [number, number];
  for (const name of ['gain', 'bias']) expectShape('SteadyLayerNorm', call, name, [width]);
  const epsilon = attrs.epsilon as number;
  const specs = outputs(rows, width);
  if (sizeOf(x.shape) === 0) return empty(backend, specs);
  const build = (): Graph => {
    const g = new Graph();
    const [input, gain, bias] = [g.input(), g.input(), g.input()];
    normalise(g, input, gain, bias, epsilon);
    return g;
  };
  const operands = [backend.operand(x), backend.operand(inputs.gain!), backend.operand(inputs.bias!)];
  return backend.compute(`SteadyLayerNorm:${epsilon}`, build, operands, specs, 4 * sizeOf(x.shape));
};

/** SteadyAddLayerNorm: the norm of omega * shortcut + branch, all [M, D]; omega, gain, bias [D]. */
export const addLayerNorm: Kernel = (call) => {
  const { inputs, attrs, backend } = call;
  expectShape('SteadyAddLayerNorm', call, 'shortcut', [null, null]);
  const shortcut = inputs.shortcut!;
  const branch = inputs.branch!;
  const { omega } = inputs;
  const [rows, width] = shortcut.shape as [number, number];
  expectShape('SteadyAddLayerNorm', call, 'branch', [rows, width]);
  for (const name of ['gain', 'bias']) expectShape('SteadyAddLayerNorm', call, name, [width]);
  expectShapeIfAny('SteadyAddLayerNorm', call, 'omega', [width]);
  const epsilon = attrs.epsilon as number;
  const specs = outputs(rows, width);
  if (sizeOf(shortcut.shape) === 0) return empty(backend, specs);
  const build = (): Graph => {
    const g = new Graph();
    const [s, b, gain, bias] = [g.input(), g.input(), g.input(), g.input()];
    const scaled = omega ? g.op('Mul', [s, g.input()]) : s;
    normalise(g, g.op('Add', [scaled, b]), gain, bias, epsilon);
    return g;
  };
  const operands = [
    backend.operand(shortcut),
    backend.operand(branch),
    backend.operand(inputs.gain!),
    backend.operand(inputs.bias!),
    ...(omega ? [backend.operand(omega)] : []),
  ];
  const key = `SteadyAddLayerNorm:${epsilon}:${omega != null}`;
  return backend.compute(key, build, operands, specs, 4 * sizeOf(shortcut.shape));
};

/**
 * Outputs dx, dGain, dBias of a norm with normalised rows n and inverse deviation r:
 * dx = r (dy gain - mean(dy gain) - n mean(dy gain n)). The row means are products with the gain divided by D,
 * the column sums reductions of dy and dy n, so that only dx itself needs passes over [M, D].
 */
const normGradient = (
  g: Graph,
  dy: Value,
  normalised: Value,
  inverse: Value,
  gain: Value,
  gainOverWidth: Value,
): Value => {
  const along = g.op('Mul', [dy, normalised]);
  const mean = g.matMul(dy, gainOverWidth);
  const slope = g.matMul(along, gainOverWidth);
  const centred = g.op('Sub', [
    g.op('Mul', [dy, gain]),
    g.op('Add', [g.op('Mul', [normalised, slope]), mean]),
  ]);
  const dx = g.op('Mul', [centred, inverse]);
  g.output(dx);
  g.output(g.op('ReduceSum', [along, g.integers(0)], { keepdims: 0 }));
  g.output(g.op('ReduceSum', [dy, g.integers(0)], { keepdims: 0 }));
  return dx;
};

/** gain / D as a column, [D, 1]. */
const scaledGain = (g: Graph, gain: Value, overWidth: Value): Value =>
  g.op('Reshape', [g.op('Mul', [gain, overWidth]), g.integers(-1, 1)]);

const gradient =
  (name: string, joined: boolean): Kernel =>
  (call) => {
    const { inputs, backend } = call;
    expectShape(name, call, 'dy', [null, null]);
    const dy = inputs.dy!;
    const [rows, width] = dy.shape as [number, number];
    const omega = joined ? inputs.omega : undefined;
    expectShape(name, call, 'normalised', [rows, width]);
    expectShape(name, call, 'inverseDeviation', [rows, 1]);
    expectShape(name, call, 'gain', [width]);
    if (omega != null) {
      expectShape(name, call, 'shortcut', [rows, width]);
      expectShape(name, call, 'omega', [width]);
    }
    const shape = [rows, width];
    const specs = [
      { shape },
      { shape: [width] },
      { shape: [width] },
      ...(omega ? [{ shape }, { shape: [width] }] : []),
    ];
    if (sizeOf(dy.shape) === 0) return empty(backend, specs);
    const build = (): Graph => {
      const g = new Graph();
      const [d, normalised, inverse, gain, overWidth] = [
        g.input(),
        g.input(),
        g.input(),
        g.input(),
        g.input(),
      ];
      const dx = normGradient(g, d, normalised, inverse, gain, scaledGain(g, gain, overWidth));
      if (omega) {
        const [s, w] = [g.input(), g.input()];
        g.output(g.op('Mul', [dx, w]));
        g.output(g.op('ReduceSum', [g.op('Mul', [dx, s]), g.integers(0)], { keepdims: 0 }));
      }
      return g;
    };
    const operands = [
      backend.operand(dy),
      backend.operand(inputs.normalised!),
      backend.operand(inputs.inverseDeviation!),
      backend.operand(inputs.gain!),
      backend.scalar(1 / width),
      ...(omega ? [backend.operand(inputs.shortcut!), backend.operand(omega)] : []),
    ];
    return backend.compute(`${name}:${omega != null}`, build, operands, specs, 4 * sizeOf(dy.shape));
  };

/** SteadyLayerNormGrad: [dx, dGain, dBias]. */
export const layerNormGrad: Kernel = gradient('SteadyLayerNormGrad', false);

/** SteadyAddLayerNormGrad: [dBranch, dGain, dBias], and with omega also [dShortcut, dOmega]. */
export const addLayerNormGrad: Kernel = gradient('SteadyAddLayerNormGrad', true);
