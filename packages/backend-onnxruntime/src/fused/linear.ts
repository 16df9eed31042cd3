import type * as tf from '@tensorflow/tfjs';
import { type OutputSpec, PRODUCTS_PER_WORK, sizeOf } from '../backend';
import { afterProduct } from '../kernels/afterProduct';
import type { Call, Kernel } from '../kernels/kernel';
import { Graph, type Value } from '../onnx/graph';
import { FLOAT, type Operand } from '../ort/runtime';
import { activated, activating } from './activated';
import { expectShape, expectShapeIfAny } from './contract';
import { zeros } from './heads';

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
  g.output(activated(g, activation, sum));
  if (activation === 'gelu') g.output(sum);
  return g;
};

/** x [M, K] and weight [K, N]; where K is 0, zeros of K = 1, whose product is the same. */
export const factors = ({ inputs, backend }: Call): [x: Operand, weight: Operand] => {
  const [x, weight] = [inputs.x!, inputs.weight!];
  if (x.shape[1]! > 0) return [backend.operand(x), backend.operand(weight)];
  const [rows, columns] = [x.shape[0]!, weight.shape[1]!];
  return [
    { data: backend.scratch(rows), shape: [rows, 1], type: FLOAT },
    { data: backend.scratch(columns), shape: [1, columns], type: FLOAT },
  ];
};

const AS_THEY_ARE = { transposeA: false, transposeB: false };

/** The product by a BLAS, and a program for what follows; undefined where the product is ONNX Runtime's. */
const linearByBlas = (call: Call, outputs: readonly OutputSpec[]): tf.TensorInfo[] | undefined => {
  const { inputs, attrs, backend } = call;
  const { bias } = inputs;
  const activation = attrs.activation as string;
  const product = backend.blasProduct(...factors(call), AS_THEY_ARE);
  if (product == null || (activation === 'none' && bias == null)) return product && [product];
  const after = { ...activating(activation), bias: bias && backend.operand(bias) };
  return afterProduct(backend, product, after, outputs);
};

/** x W [M, N], and bias and activation in one pass over it where kernels run; undefined where they do not. */
const linearByKernels = (call: Call, shape: readonly number[]): tf.TensorInfo | undefined => {
  const { inputs, attrs, backend } = call;
  if (inputs.bias == null || attrs.activation === 'gelu' || !backend.hasNatives) return undefined;
  const [rows, columns] = shape as [number, number];
  const bias = backend.values(inputs.bias);
  const work = (sizeOf(inputs.x!.shape) * columns) / PRODUCTS_PER_WORK;
  const sum =
    backend.blasProduct(...factors(call), AS_THEY_ARE) ??
    backend.computeOne(
      'SteadyLinear:none:false',
      forwardGraph('none', false),
      factors(call),
      { shape },
      work,
    );
  const z = backend.values(sum);
  const done = backend.native({ reads: [bias], writes: [], updates: [z] }, (kernels, at) => {
    if (attrs.activation === 'relu') kernels.biasRelu(at(z), at(bias), rows, columns);
    else kernels.addBias(at(z), at(bias), rows, columns);
  });
  if (done) return sum;
  backend.disposeData(sum.dataId);
  return undefined;
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
  const made = linearByKernels(call, shape);
  if (made != null) return [made];
  const multiplied = linearByBlas(call, outputs);
  if (multiplied != null) return multiplied;
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
