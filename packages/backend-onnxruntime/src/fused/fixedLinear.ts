import type * as tf from '@tensorflow/tfjs';
import { PRODUCTS_PER_WORK, sizeOf } from '../backend';
import { afterProduct } from '../kernels/afterProduct';
import type { Call, Kernel } from '../kernels/kernel';
import { Graph, type Value } from '../onnx/graph';
import type { Operand } from '../ort/runtime';
import { activated, activating } from './activated';
import { expectShape, expectShapeIfAny } from './contract';
import { inEightBits } from './eightBits';
import { zeros } from './heads';

/** Rows from which a BLAS, where there is one, is the faster way. */
const MANY_ROWS = 64;

interface Form {
  readonly activation: string;
  readonly transposed: boolean;
  readonly withBias: boolean;
}

const geluGraph = (): Graph => {
  const g = new Graph();
  g.output(activated(g, 'gelu', g.input()));
  return g;
};

/** act(x W + b); the weight is an input, or held by the program. */
const graphOf = ({ activation, transposed, withBias }: Form, weightOf: (g: Graph) => Value): Graph => {
  const g = new Graph();
  const x = g.input();
  const weight = weightOf(g);
  const sum = withBias
    ? g.op('Gemm', [x, weight, g.input()], { transB: transposed ? 1 : 0 })
    : g.matMul(x, weight, { transposeB: transposed });
  g.output(activated(g, activation, sum));
  return g;
};

/** The product by a BLAS and a program for what follows; undefined where there is none, or too few rows. */
const byBlas = (
  { inputs, backend }: Call,
  { activation, transposed, withBias }: Form,
  x: Operand,
  shape: readonly number[],
): tf.TensorInfo | undefined => {
  if (x.shape[0]! < MANY_ROWS || !backend.hasBlas) return undefined;
  const weight = backend.operand(inputs.weight!);
  const product = backend.blasProduct(x, weight, { transposeA: false, transposeB: transposed }, { shape });
  if (product === undefined || (activation === 'none' && !withBias)) return product;
  const bias = withBias ? backend.operand(inputs.bias!) : undefined;
  return afterProduct(backend, product, { ...activating(activation), bias }, [{ shape }])[0];
};

/**
 * SteadyFixedLinear: y = act(x W + b) by a program that holds the weight in ONNX Runtime's own form, in which every row is added
 * up in the same order however many there are.
 */
export const fixedLinear: Kernel = (call) => {
  const { inputs, attrs, backend } = call;
  const name = 'SteadyFixedLinear';
  const transposed = attrs.transposed === true;
  const x = inputs.x!;
  const inner = x.shape.at(-1) ?? 0;
  expectShape(name, call, 'x', [...x.shape.slice(0, -1).map(() => null), inner]);
  const rows = sizeOf(x.shape.slice(0, -1));
  expectShape(name, call, 'weight', transposed ? [null, inner] : [inner, null]);
  const weight = inputs.weight!;
  const columns = weight.shape[transposed ? 0 : 1]!;
  expectShapeIfAny(name, call, 'bias', [columns]);
  const { bias } = inputs;
  const shape = [...x.shape.slice(0, -1), columns];
  if (rows * columns === 0) return zeros(backend, shape);
  const output = { shape, graphShape: [rows, columns] };
  const form = { activation: attrs.activation as string, transposed, withBias: bias != null };
  const key = `${name}:${form.activation}:${transposed}:${form.withBias}`;
  const work = (rows * columns * inner) / PRODUCTS_PER_WORK;
  const flat = backend.operand(x, [rows, inner]);
  const kept = inner > 0 && (attrs.owned === true || !backend.sharesWithThreads(weight));
  if (attrs.computeType === 'int8' && kept) {
    const relu = form.activation === 'relu';
    const sum = inEightBits(call, { x: flat, outputs: columns, transposed, relu, output, work });
    if (form.activation !== 'gelu') return sum;
    try {
      return backend.computeOne('SteadyFixedLinear:gelu', geluGraph, [backend.operand(sum)], { shape });
    } finally {
      backend.disposeData(sum.dataId);
    }
  }
  const made = byBlas(call, form, flat, shape);
  if (made !== undefined) return made;
  const biases = bias ? [backend.operand(bias)] : [];
  if (kept) {
    const build = (): Graph => graphOf(form, (g) => g.weight(backend.values(weight), weight.shape));
    return backend.computeWith(weight, key, build, [flat, ...biases], output, work);
  }
  const build = (): Graph => graphOf(form, (g) => g.input());
  return backend.computeOne(key, build, [flat, backend.operand(weight), ...biases], output, work);
};
