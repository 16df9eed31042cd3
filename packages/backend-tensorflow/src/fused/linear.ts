import type * as tf from '@tensorflow/tfjs';
import { type Call, kernel } from '../kernels/kernel';
import { compute, type Ops } from '../ops/compute';
import type { Handle } from '../ops/native';
import { expectShape, expectShapeIfAny } from './shapes';

// gelu in its tanh form (Hendrycks and Gimpel 2016) is z sigmoid(w), w = 2 sqrt(2 / pi) (z + 0.044715 z^3).
const SLOPE = 2 * Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715 * SLOPE;

/** c z^2 + SLOPE */
const parabola = ({ run, reals }: Ops, square: Handle, c: number): Handle =>
  run('AddV2', [run('Mul', [square, reals([c])]), reals([SLOPE])]);

/** sigmoid(w), and z^2 */
const gate = (ops: Ops, z: Handle): { readonly gate: Handle; readonly square: Handle } => {
  const square = ops.run('Square', [z]);
  return { gate: ops.run('Sigmoid', [ops.run('Mul', [parabola(ops, square, CUBIC), z])]), square };
};

/** dz = dy g + z dy g (1 - g) w'(z), for g = sigmoid(w(z)) */
const geluGradient = (ops: Ops, dy: Handle, z: Handle): Handle => {
  const { run } = ops;
  const { gate: g, square } = gate(ops, z);
  const bent = run('Mul', [run('SigmoidGrad', [g, run('Mul', [dy, z])]), parabola(ops, square, 3 * CUBIC)]);
  return run('AddV2', [run('Mul', [dy, g]), bent]);
};

/** y = act(x W + b): [y], and for gelu [y, x W + b]. */
const forward = (call: Call): tf.Tensor[] => {
  const { inputs, attrs, backend } = call;
  expectShape('SteadyLinear', call, 'x', [null, null]);
  expectShape('SteadyLinear', call, 'weight', [inputs.x!.shape[1]!, null]);
  expectShapeIfAny('SteadyLinear', call, 'bias', [inputs.weight!.shape[1]!]);
  return compute(backend, (ops) => {
    const { run, of } = ops;
    const product = run('MatMul', [of(inputs.x!), of(inputs.weight!)]);
    const sum = inputs.bias ? run('BiasAdd', [product, of(inputs.bias)]) : product;
    if (attrs.activation === 'relu') return [run('Relu', [sum])];
    return attrs.activation === 'gelu' ? [run('Mul', [sum, gate(ops, sum).gate]), sum] : [sum];
  });
};

/** dz = dy act'(z), dx = dz W^T, dW = x^T dz, db = the sum of its rows: [dx, dW, db?] */
const backward = (call: Call): tf.Tensor[] => {
  const { inputs, attrs, backend } = call;
  const name = 'SteadyLinearGrad';
  expectShape(name, call, 'dy', [null, null]);
  const [rows, columns] = inputs.dy!.shape as [number, number];
  expectShape(name, call, 'x', [rows, null]);
  expectShape(name, call, 'weight', [inputs.x!.shape[1]!, columns]);
  if (attrs.activation !== 'none') expectShape(name, call, 'saved', [rows, columns]);
  return compute(backend, (ops) => {
    const { run, of } = ops;
    let dSum = of(inputs.dy!);
    if (attrs.activation === 'relu') dSum = run('ReluGrad', [dSum, of(inputs.saved!)]);
    if (attrs.activation === 'gelu') dSum = geluGradient(ops, dSum, of(inputs.saved!));
    const dx = run('MatMul', [dSum, of(inputs.weight!)], { transpose_b: true });
    const dWeight = run('MatMul', [of(inputs.x!), dSum], { transpose_a: true });
    return attrs.bias ? [dx, dWeight, run('BiasAddGrad', [dSum])] : [dx, dWeight];
  });
};

/** SteadyLinear and its gradient. */
export const linearKernels: Readonly<Record<string, tf.KernelFunc>> = {
  SteadyLinear: kernel(forward),
  SteadyLinearGrad: kernel(backward),
};
