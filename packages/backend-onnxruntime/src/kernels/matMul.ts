import * as tf from '@tensorflow/tfjs';
import {
  type NumericType,
  type OnnxRuntimeBackend,
  type OutputSpec,
  PRODUCTS_PER_WORK,
  sizeOf,
  type Transposition,
} from '../backend';
import { Graph, type Value } from '../onnx/graph';
import type { Operand } from '../ort/runtime';
import { activate } from './activation';
import { type After, afterProduct, endedGraph } from './afterProduct';
import {
  allFloat,
  type Call,
  isNumeric,
  type Kernel,
  type KernelTable,
  type Result,
  worthwhile,
} from './kernel';
import { plainProduct } from './stacks';
import { type TransposedForm, transposedForm, transposedProduct } from './transposedProduct';

/** Multiplications from which the native product beats tfjs's loop. */
const LEAST = 256;

/** The two sides and how they are to be read. */
interface Pair extends Transposition {
  readonly a: tf.TensorInfo;
  readonly b: tf.TensorInfo;
}

interface Problem {
  /** Shapes handed to the program; leading dimensions are folded away where possible. */
  readonly aShape: readonly number[];
  readonly bShape: readonly number[];
  readonly graphShape: readonly number[];
  readonly shape: readonly number[];
  readonly columns: number;
  readonly products: number;
}

const checkInner = (inner: number, innerB: number, p: Pair): void => {
  if (inner === innerB) return;
  throw new Error(
    `Error in matMul: inner shapes (${inner}) and (${innerB}) of Tensors with shapes ${p.a.shape} and ${p.b.shape} and transposeA=${p.transposeA} and transposeB=${p.transposeB} must match.`,
  );
};

/** Shapes of a product of stacks of matrices, checked as tfjs does. */
const problem = (p: Pair): Problem => {
  const a = p.a.shape;
  const b = p.b.shape;
  const aRank = a.length;
  const bRank = b.length;
  const rows = a[aRank - (p.transposeA ? 1 : 2)]!;
  const inner = a[aRank - (p.transposeA ? 2 : 1)]!;
  const columns = b[bRank - (p.transposeB ? 2 : 1)]!;
  checkInner(inner, b[bRank - (p.transposeB ? 1 : 2)]!, p);
  if (aRank === 2 && bRank === 2) {
    const shape = [rows, columns];
    return { aShape: a, bShape: b, graphShape: shape, shape, columns, products: rows * inner * columns };
  }
  const bBatch = b.slice(0, -2);
  const batch = tf.backend_util.assertAndGetBroadcastShape(a.slice(0, -2), bBatch);
  const shape = [...batch, rows, columns];
  const stack = sizeOf(batch);
  const products = stack * rows * inner * columns;
  // One matrix on the right: the stack on the left is one tall matrix.
  if (sizeOf(bBatch) === 1 && !p.transposeA) {
    const tall = stack * rows;
    const aShape = [tall, inner];
    return { aShape, bShape: b.slice(-2), graphShape: [tall, columns], shape, columns, products };
  }
  return { aShape: a, bShape: b, graphShape: shape, shape, columns, products };
};

/** The name of the program for a pair, without what follows the product. */
const keyOf = ({ transposeA, transposeB }: Transposition, form: TransposedForm): string => {
  if (transposeA) return transposeB ? 'MatMulTT' : KEYS[form];
  return transposeB ? 'MatMulNT' : 'MatMulNN';
};

const KEYS: Readonly<Record<TransposedForm, string>> = {
  direct: 'MatMulTN',
  copied: 'MatMulTNcopied',
  flipped: 'MatMulTNflipped',
};

const formOf = (
  { transposeA, transposeB }: Transposition,
  aShape: readonly number[],
  bShape: readonly number[],
): TransposedForm =>
  transposeA && !transposeB && aShape.length === 2 ? transposedForm(aShape, bShape) : 'direct';

/** The product as the start of a graph. */
const product = (g: Graph, { transposeA, transposeB }: Transposition, form: TransposedForm): Value => {
  const [left, right] = [g.input(), g.input()];
  return form === 'direct'
    ? g.matMul(left, right, { transposeA, transposeB })
    : transposedProduct(g, left, right, form);
};

const pairOf = ({ inputs, attrs }: Call): Pair => ({
  a: inputs.a!,
  b: inputs.b!,
  transposeA: attrs.transposeA === true,
  transposeB: attrs.transposeB === true,
});

/** A result without elements, of which tfjs's kernel makes some where only one of the stacks is empty. */
const nothing = ({ inputs, backend }: Call, shape: readonly number[]): Result | undefined =>
  isNumeric(inputs.a!) ? backend.fresh(shape, inputs.a!.dtype as NumericType).info : undefined;

/** A product by a BLAS where it makes those of this kind, else by ONNX Runtime; `products` counts multiplications. */
export const productOf = (
  backend: OnnxRuntimeBackend,
  a: Operand,
  b: Operand,
  how: Transposition,
  output: OutputSpec,
  products: number,
): tf.TensorInfo => {
  const made = backend.blasProduct(a, b, how, output);
  if (made != null) return made;
  const form = formOf(how, a.shape, b.shape);
  const build = (): Graph => {
    const g = new Graph();
    g.output(product(g, how, form));
    return g;
  };
  return backend.computeOne(keyOf(how, form), build, [a, b], output, products / PRODUCTS_PER_WORK);
};

const batchMatMul: Kernel = (call) => {
  const pair = pairOf(call);
  const { backend } = call;
  const p = problem(pair);
  if (sizeOf(p.shape) === 0) return nothing(call, p.shape);
  if (!allFloat(pair.a, pair.b) || !worthwhile(backend, p.products, LEAST)) return plainProduct(call);
  const [a, b] = [backend.operand(pair.a, p.aShape), backend.operand(pair.b, p.bShape)];
  return productOf(backend, a, b, pair, p, p.products);
};

/** A product whose result a bias is added to, and the bias as the program is to see it. */
interface Biased extends Problem {
  readonly biasShape: readonly number[];
}

/**
 * A bias broadcasts to the result like any other operand. One number, or one for each column, fits the folded form
 * of the product as well; anything else needs its axes as they are.
 */
const biased = (p: Problem, { a, b }: Pair, bias: readonly number[]): Biased => {
  const shape = tf.backend_util.assertAndGetBroadcastShape([...p.shape], [...bias]);
  const ofColumns =
    bias.slice(0, -1).every((size) => size === 1) && [1, p.columns].includes(bias.at(-1) ?? 1);
  if (ofColumns && sizeOf(shape) === sizeOf(p.shape)) return { ...p, shape, biasShape: [sizeOf(bias)] };
  return { ...p, aShape: a.shape, bShape: b.shape, graphShape: shape, shape, biasShape: bias };
};

const fusedMatMul: Kernel = (call) => {
  const pair = pairOf(call);
  const { inputs, attrs, backend } = call;
  const { bias } = inputs;
  const activation = (attrs.activation as string | undefined) ?? 'linear';
  const slope = attrs.leakyreluAlpha as number | undefined;
  const apply = activate(activation, slope);
  const plain = problem(pair);
  const p = bias ? biased(plain, pair, bias.shape) : { ...plain, biasShape: [] };
  if (sizeOf(p.shape) === 0) return nothing(call, p.shape);
  if (
    apply == null ||
    !allFloat(pair.a, pair.b, ...(bias ? [bias] : [])) ||
    !worthwhile(backend, p.products, LEAST)
  ) {
    return plainProduct(call);
  }
  const form = formOf(pair, p.aShape, p.bShape);
  const sides = [backend.operand(pair.a, p.aShape), backend.operand(pair.b, p.bShape)] as const;
  const after: After = {
    name: `${activation}:${slope}`,
    bias: bias && backend.operand(bias, p.biasShape),
    apply,
  };
  const isBare = bias == null && activation === 'linear';
  const made = backend.blasProduct(...sides, pair, isBare ? { shape: p.shape } : {});
  if (made != null && isBare) return made;
  if (made != null) return afterProduct(backend, made, after, [p])[0];
  const build = endedGraph((g) => product(g, pair, form), after);
  const key = `${keyOf(pair, form)}:${after.name}:${bias != null}`;
  const operands = [...sides, ...(after.bias ? [after.bias] : [])];
  return backend.computeOne(key, build, operands, p, p.products / PRODUCTS_PER_WORK);
};

export const matMulKernels: KernelTable = { BatchMatMul: batchMatMul, _FusedMatMul: fusedMatMul };
