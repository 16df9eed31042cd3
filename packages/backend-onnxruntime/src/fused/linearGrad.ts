import type * as tf from '@tensorflow/tfjs';
import { type OnnxRuntimeBackend, PRODUCTS_PER_WORK, sizeOf } from '../backend';
import type { Call, Kernel } from '../kernels/kernel';
import { productOf } from '../kernels/matMul';
import { type TransposedForm, transposedForm, transposedProduct } from '../kernels/transposedProduct';
import { Graph, type Value } from '../onnx/graph';
import type { Operand } from '../ort/runtime';
import { expectShape, expectShapeIfAny } from './contract';
import { zeros } from './heads';
import { factors } from './linear';

const GELU_SCALE = Math.sqrt(2 / Math.PI);
const GELU_CUBIC = 0.044715;

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

/** What `preactivationGrad` makes, as a program: the gradient of x W + b where there is an activation, and of b. */
const passGraph = (activation: string, withBias: boolean) => (): Graph => {
  const g = new Graph();
  const dy = g.input();
  const d = activation === 'none' ? dy : throughActivation(g, activation, dy, g.input());
  if (activation !== 'none') g.output(d);
  if (withBias) g.output(g.op('ReduceSum', [d, g.integers(0)], { keepdims: 0 }));
  return g;
};

/** What a pass over dy made: the gradients of x W + b [M, N] and of b [N], and what goes after the products. */
interface Pass {
  readonly dSum: tf.TensorInfo;
  readonly dBias?: tf.TensorInfo;
  readonly temporary: readonly tf.TensorInfo[];
}

/** The gradient of x W + b, and of b, by one pass over dy; undefined where kernels do not run. */
const preactivationGrad = ({ inputs, attrs, backend }: Call): Pass | undefined => {
  const dy = inputs.dy!;
  const [rows, columns] = dy.shape as [number, number];
  const { activation } = attrs as { activation: string };
  if (activation === 'none' && attrs.bias !== true) return undefined;
  const read = backend.values(dy);
  const dBias = backend.fresh([columns]);
  if (activation === 'none') {
    const operands = { reads: [read], writes: [dBias.values] };
    const done = backend.native(operands, (kernels, at) => {
      kernels.columnSums(at(read), rows, columns, at(dBias.values));
    });
    if (done) return { dSum: dy, dBias: dBias.info, temporary: [] };
    backend.disposeData(dBias.info.dataId);
    return undefined;
  }
  const saved = backend.values(inputs.saved!);
  const dSum = backend.fresh(dy.shape);
  const operands = { reads: [read, saved], writes: [dSum.values, dBias.values] };
  const done = backend.native(operands, (kernels, at) => {
    const pass = activation === 'relu' ? kernels.reluGrad : kernels.geluGrad;
    pass(at(read), at(saved), rows, columns, at(dSum.values), at(dBias.values));
  });
  const temporary = [dSum.info, ...(attrs.bias === true ? [] : [dBias.info])];
  if (done) return { dSum: dSum.info, dBias: dBias.info, temporary };
  for (const { info } of [dSum, dBias]) backend.disposeData(info.dataId);
  return undefined;
};

/** The same by a program. */
const passByProgram = ({ inputs, attrs, backend }: Call): Pass | undefined => {
  const dy = inputs.dy!;
  const { activation, bias } = attrs as { activation: string; bias?: boolean };
  const [isLinear, withBias] = [activation === 'none', bias === true];
  if (isLinear && !withBias) return undefined;
  const shapes = [...(isLinear ? [] : [dy.shape]), ...(withBias ? [[dy.shape[1]!]] : [])];
  const made = backend.compute(
    `SteadyLinearGrad:pass:${activation}:${withBias}`,
    passGraph(activation, withBias),
    [backend.operand(dy), ...(isLinear ? [] : [backend.operand(inputs.saved!)])],
    shapes.map((shape) => ({ shape })),
  );
  const dSum = isLinear ? dy : made[0]!;
  const temporary = isLinear ? [] : [dSum];
  return { dSum, ...(withBias ? { dBias: made.at(-1)! } : {}), temporary };
};

/** dx = d W^T and dW = x^T d, each by whom it is faster with. */
const productsApart = (
  backend: OnnxRuntimeBackend,
  d: Operand,
  x: Operand,
  weight: Operand,
  into: tf.TensorInfo | undefined,
): tf.TensorInfo[] => {
  const products = sizeOf(x.shape) * d.shape[1]!;
  return [
    productOf(backend, d, weight, { transposeA: false, transposeB: true }, x, products),
    productOf(
      backend,
      x,
      d,
      { transposeA: true, transposeB: false },
      { shape: weight.shape, into },
      products,
    ),
  ];
};

/**
 * SteadyLinearGrad: [dx, dWeight, dBias?]. `saved` is y for relu, the pre-activation for gelu. dWeight is empty where it
 * was written to `into`.
 */
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
  expectShapeIfAny('SteadyLinearGrad', call, 'into', weight.shape);
  const shapes = [x.shape, weight.shape, ...(withBias ? [[columns]] : [])];
  if (rows * columns === 0) return shapes.map((shape) => zeros(backend, shape));
  const pass = preactivationGrad(call) ?? (backend.hasBlas ? passByProgram(call) : undefined);
  const rest = pass == null ? activation : 'none';
  const saved = rest === 'none' ? [] : [backend.operand(inputs.saved!)];
  const [left, right] = factors(call);
  const d = backend.operand(pass?.dSum ?? dy);
  const form = transposedForm(left.shape, dy.shape);
  const sums = withBias && pass == null;
  const into = inner > 0 ? inputs.into : undefined;
  const outputs = [
    { shape: left.shape },
    { shape: right.shape, into },
    ...(sums ? [{ shape: [columns] }] : []),
  ];
  const made = backend.hasBlas
    ? productsApart(backend, d, left, right, into)
    : backend.compute(
        `SteadyLinearGrad:${rest}:${sums}:${form}`,
        gradientGraph(rest, sums, form),
        [d, left, right, ...saved],
        outputs,
        (sizeOf(left.shape) * columns) / PRODUCTS_PER_WORK,
      );
  for (const { dataId } of pass?.temporary ?? []) backend.disposeData(dataId);
  if (pass?.dBias != null && withBias) made.push(pass.dBias);
  if (inner > 0) return made;
  for (const { dataId } of made.slice(0, 2)) backend.disposeData(dataId);
  return [...shapes.slice(0, 2).map((shape) => zeros(backend, shape)), ...made.slice(2)];
};
