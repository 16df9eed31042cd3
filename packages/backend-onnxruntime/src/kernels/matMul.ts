import * as tf from '@tensorflow/tfjs';
import { type OnnxRuntimeBackend, sizeOf } from '../backend';
import { Graph, type Value } from '../onnx/graph';
import { activate } from './activation';
import { allFloat, type Kernel, type KernelTable, worthwhile } from './kernel';
import { transposedForm, transposedProduct } from './transposedProduct';

/** Multiplications that count as one element operation: a core does about 64 of them in that time. */
const PRODUCTS_PER_WORK = 32;

/** Multiplications from which the native product beats tfjs's loop. */
const LEAST = 256;

interface Problem {
  readonly a: tf.TensorInfo;
  readonly b: tf.TensorInfo;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  /** Shapes handed to the program; leading dimensions are folded away where possible. */
  readonly aShape: readonly number[];
  readonly bShape: readonly number[];
  readonly graphShape: readonly number[];
  readonly shape: number[];
  readonly columns: number;
  readonly products: number;
}

/** Shapes of a product of stacks of matrices, checked as tfjs does. */
const problem = (a: tf.TensorInfo, b: tf.TensorInfo, transposeA: boolean, transposeB: boolean): Problem => {
  const [aRows, aColumns] = a.shape.slice(-2) as [number, number];
  const [bRows, bColumns] = b.shape.slice(-2) as [number, number];
  const [rows, inner] = transposeA ? [aColumns, aRows] : [aRows, aColumns];
  const [innerB, columns] = transposeB ? [bColumns, bRows] : [bRows, bColumns];
  const aBatch = a.shape.slice(0, -2);
  const bBatch = b.shape.slice(0, -2);
  const batch = tf.backend_util.assertAndGetBroadcastShape(aBatch, bBatch);
  tf.util.assert(
    inner === innerB,
    () =>
      `Error in matMul: inner shapes (${inner}) and (${innerB}) of Tensors with shapes ${a.shape} and ${b.shape} and transposeA=${transposeA} and transposeB=${transposeB} must match.`,
  );
  const shape = [...batch, rows, columns];
  const stack = sizeOf(batch);
  const products = stack * rows * inner * columns;
  const common = { a, b, transposeA, transposeB, shape, columns, products };
  // One matrix on the right: the stack on the left is one tall matrix.
  if (sizeOf(bBatch) === 1 && !transposeA) {
    const tall = [stack * rows, inner];
    return { ...common, aShape: tall, bShape: [bRows, bColumns], graphShape: [stack * rows, columns] };
  }
  return { ...common, aShape: a.shape, bShape: b.shape, graphShape: shape };
};

const run = (
  backend: OnnxRuntimeBackend,
  { a, b, aShape, bShape, shape, graphShape, transposeA, transposeB, products }: Problem,
  extra: readonly { info: tf.TensorInfo; shape: readonly number[] }[],
  activation: string,
  finish: (g: Graph, y: Value) => Value,
): tf.TensorInfo => {
  const form = transposeA && !transposeB && aShape.length === 2 ? transposedForm(aShape, bShape) : 'direct';
  const key = `MatMul${transposeA ? 'T' : 'N'}${transposeB ? 'T' : 'N'}${form}${activation}`;
  const build = (): Graph => {
    const g = new Graph();
    const [left, right] = [g.input(), g.input()];
    const product =
      form === 'direct'
        ? g.matMul(left, right, { transposeA, transposeB })
        : transposedProduct(g, left, right, form);
    g.output(finish(g, product));
    return g;
  };
  const operands = [
    backend.operand(a, aShape),
    backend.operand(b, bShape),
    ...extra.map((item) => backend.operand(item.info, item.shape)),
  ];
  return backend.computeOne(key, build, operands, { shape, graphShape }, products / PRODUCTS_PER_WORK);
};

const batchMatMul: Kernel = ({ inputs, attrs, backend }) => {
  const a = inputs.a!;
  const b = inputs.b!;
  if (!allFloat(a, b)) return undefined;
  const p = problem(a, b, attrs.transposeA === true, attrs.transposeB === true);
  if (!worthwhile(backend, p.products, LEAST)) return undefined;
  return run(backend, p, [], '', (_, y) => y);
};

const fusedMatMul: Kernel = ({ inputs, attrs, backend }) => {
  const { bias } = inputs;
  const a = inputs.a!;
  const b = inputs.b!;
  const activation = (attrs.activation as string | undefined) ?? 'linear';
  const apply = activate(activation, attrs.leakyreluAlpha as number | undefined);
  if (apply == null || !allFloat(a, b) || (bias != null && !allFloat(bias))) return undefined;
  const p = problem(a, b, attrs.transposeA === true, attrs.transposeB === true);
  const biasSize = bias == null ? 0 : sizeOf(bias.shape);
  if (bias != null && biasSize !== p.columns && biasSize !== 1) return undefined;
  if (!worthwhile(backend, p.products, LEAST)) return undefined;
  const slope = activation === 'leakyrelu' ? `:${attrs.leakyreluAlpha}` : '';
  const extra = bias == null ? [] : [{ info: bias, shape: [biasSize] }];
  return run(backend, p, extra, `${activation}${slope}${bias == null ? '' : '+'}`, (g, y) =>
    apply(g, bias == null ? y : g.op('Add', [y, g.input()])),
  );
};

export const matMulKernels: KernelTable = { BatchMatMul: batchMatMul, _FusedMatMul: fusedMatMul };
