import { sizeOf } from '../backend';
import type { Call, Kernel } from '../kernels/kernel';
import { type TransposedForm, transposedForm, transposedProduct } from '../kernels/transposedProduct';
import { Graph, type Value } from '../onnx/graph';
import { FLOAT, type Operand } from '../ort/runtime';
import { expectShape, expectShapeIfAny } from './contract';
import { zeros } from './heads';

/** Multiplications that count as one element operation in the choice of threads. */
export const PRODUCTS_PER_WORK = 32;

const GELU_SCALE = Math.sqrt(2 / Math.PI);
const GELU_CUBIC = 0.044715;

/** x W + b. One product with the bias inside where an activation follows, else an add over rows that are still warm. */
const affine = (g: Graph, x: Value, weight: Value, bias: Value | undefined, inside: boolean): Value => {
  if (bias == null) return g.matMul(x, weight);
  if (inside) return g.op('Gemm', [x, weight, bias]);
  return g.op('Add', [g.matMul(x, weight), bias]);
};

const forwardGraph = (activation: string, withBias: boolean) => (): Graph => {
  const g = new Graph();
  const x = g.input();
  const weight = g.input();
  const bias = withBias ? g.input() : undefined;
  const sum = affine(g, x, weight, bias, activation === 'relu');
  if (activation === 'relu') g.output(g.op('Relu', [sum]));
  else if (activation === 'gelu') {
    g.output(g.op('Gelu', [sum], { approximate: 'tanh' }));
    g.output(sum);
  } else g.output(sum);
  return g;
};

/** SteadyLinear: y = act(x W + b), x [M, K], weight [K, N], bias [N]; [y] or, for gelu, [y, x W + b]. */
export const linear: Kernel = (call) => {
  const { inputs, attrs, backend } = call;
  expectShape('SteadyLinear', call, 'x', [null, null]);
  const x = inputs.x!;
  expectShape('SteadyLinear', call, 'weight', [x.shape[1]!, null]);
  const weight = inputs.weight!;
  const { bias } = inputs;
  const activation = attrs.activation as string;
  const [rows, inner] = x.shape as [number, number];
  const columns = weight.shape[1]!;
  expectShapeIfAny('SteadyLinear', call, 'bias', [columns]);
  const shape = [rows, columns];
  const outputs = activation === 'gelu' ? [{ shape }, { shape }] : [{ shape }];
  if (rows * columns === 0) return outputs.map(() => zeros(backend, shape));
  const operands = [...factors(call), ...(bias ? [backend.operand(bias)] : [])];
  const work = (rows * columns * inner) / PRODUCTS_PER_WORK;
  return backend.compute(
    `SteadyLinear:${activation}:${bias != null}`,
    forwardGraph(activation, bias != null),
    operands,
    outputs,
    work,
  );
};

/** x [M, K] and weight [K, N]; where K is 0, zeros of K = 1, whose product is the same. */
const factors = ({ inputs, backend }: Call): [x: Operand, weight: Operand] => {
  const [x, weight] = [inputs.x!, inputs.weight!];
  if (x.shape[1]! > 0) return [backend.operand(x), backend.operand(weight)];
  const [rows, columns] = [x.shape[0]!, weight.shape[1]!];
  return [
    { data: backend.scratch(rows), shape: [rows, 1], type: FLOAT },
    { data: backend.scratch(columns), shape: [1, columns], type: FLOAT },
  ];
};

/** dy times the derivative of the activation. */
const throughActivation = (g: Graph, activation: string, dy: Value, saved: Value): Value => {
  if (activation === 'relu') {
    // 1 where y > 0: through bool, as ONNX Runtime's Sign and Where are scalar loops.
    return g.op('Mul', [dy, g.op('Cast', [g.op('Cast', [saved], { to: 9 })], { to: 1 })]);
  }
  // gelu(x) = x s(u) with u = 2 c (x + a x^3), so gelu' = s + x s (1 - s) u' (Hendrycks and Gimpel 2016, tanh form).
  const square = g.op('Mul', [saved, saved]);
  const cubic = g.constant(2 * GELU_SCALE * GELU_CUBIC);
  const linearPart = g.constant(2 * GELU_SCALE);
  const perX = g.op('Add', [g.op('Mul', [square, cubic]), linearPart]);
  const s = g.op('Sigmoid', [g.op('Mul', [saved, perX])]);
  const slope = g.op('Add', [g.op('Mul', [square, g.constant(6 * GELU_SCALE * GELU_CUBIC)]), linearPart]);
  const tail = g.op('Mul', [g.op('Mul', [saved, slope]), g.op('Sub', [g.constant(1), s])]);
  return g.op('Mul', [dy, g.op('Mul', [s, g.op('Add', [tail, g.constant(1)])])]);
};

const gradientGraph = (activation: string, withBias: boolean, form: TransposedForm) => (): Graph => {
  const g = new Graph();
  const dy = g.input();
  const x = g.input();
  const weight = g.input();
  const d = activation === 'none' ? dy : throughActivation(g, activation, dy, g.input());
  g.output(g.op('Gemm', [d, weight], { transB: 1 }));
  g.output(transposedProduct(g, x, d, form));
  if (withBias) g.output(g.op('ReduceSum', [d, g.integers(0)], { keepdims: 0 }));
  return g;
};

/** SteadyLinearGrad: [dx, dWeight, dBias?] in one run. `saved` is y for relu, the pre-activation for gelu. */
export const linearGrad: Kernel = (call) => {
  const { inputs, attrs, backend } = call;
  expectShape('SteadyLinearGrad', call, 'x', [null, null]);
  const dy = inputs.dy!;
  const x = inputs.x!;
  expectShape('SteadyLinearGrad', call, 'weight', [x.shape[1]!, null]);
  const weight = inputs.weight!;
  const activation = attrs.activation as string;
  const withBias = attrs.bias === true;
  const [rows, inner] = x.shape as [number, number];
  const columns = weight.shape[1]!;
  expectShape('SteadyLinearGrad', call, 'dy', [rows, columns]);
  if (activation !== 'none') expectShape('SteadyLinearGrad', call, 'saved', [rows, columns]);
  const shapes = [x.shape, weight.shape, ...(withBias ? [[columns]] : [])];
  if (rows * columns === 0) return shapes.map((shape) => zeros(backend, shape));
  const saved = activation === 'none' ? [] : [backend.operand(inputs.saved!)];
  const [left, right] = factors(call);
  const form = transposedForm(left.shape, dy.shape);
  const made = backend.compute(
    `SteadyLinearGrad:${activation}:${withBias}:${form}`,
    gradientGraph(activation, withBias, form),
    [backend.operand(dy), left, right, ...saved],
    [left.shape, right.shape, ...shapes.slice(2)].map((shape) => ({ shape })),
    (sizeOf(left.shape) * columns) / PRODUCTS_PER_WORK,
  );
  if (inner > 0) return made;
  for (const { dataId } of made.slice(0, 2)) backend.disposeData(dataId);
  return [...shapes.slice(0, 2).map((shape) => zeros(backend, shape)), ...made.slice(2)];
};
