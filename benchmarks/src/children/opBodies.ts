import { adam, embedding, layerNorm, Optimizer, Parameter } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { shapesOf } from '../ort/product';
import type { OpCase } from './opCases';
import { coldSets, filled } from './rotation';
import type { Body } from './serve';
import { uniform } from './task';

/** Whose ops: core's (fused where the backend can), tfjs's own, or tfjs-layers'. */
export type Style = 'core' | 'tfjs' | 'layers';

const sizeOf = (shape: readonly number[]): number => shape.reduce((size, n) => size * n, 1);

const random = (shape: readonly number[], seed = 1): tf.Tensor =>
  tf.tensor(filled(sizeOf(shape), seed), [...shape]);

const freeing =
  (...tensors: tf.Tensor[]) =>
  (): void => {
    tf.dispose(tensors);
  };

/** Runs f, and waits for and frees its results. Backends measured compute at once; reading nothing costs nothing. */
const eager = (f: () => tf.TensorContainer): void => {
  tf.dispose(tf.tidy(f));
};

const product = (op: Extract<OpCase, { kind: 'product' }>): Body => {
  const { a, b } = shapesOf(op.product);
  const sets = op.cold ? coldSets(4 * (sizeOf(a) + sizeOf(b))) : 1;
  const pairs = Array.from({ length: sets }, (_, i) => [random(a, i + 1), random(b, i + 2)] as const);
  const { transposeA, transposeB } = op.product;
  let turn = 0;
  return {
    step: () => {
      const [left, right] = pairs[turn++ % sets]!;
      tf.matMul(left, right, transposeA, transposeB).dispose();
    },
    dispose: freeing(...pairs.flat()),
  };
};

const add = ({ size }: { size: number }): Body => {
  const [a, b] = [random([size]), random([size], 2)];
  return { step: () => tf.add(a, b).dispose(), dispose: freeing(a, b) };
};

const softmax = ({ shape }: { shape: readonly number[] }): Body => {
  const x = random(shape);
  return { step: () => eager(() => tf.softmax(x)), dispose: freeing(x) };
};

/** Gradients of sum(y dy) for every variable, the form all styles share. */
const gradients = (y: () => tf.Tensor, dy: tf.Tensor): void => {
  const { value, grads } = tf.variableGrads(() => tf.sum(tf.mul(y(), dy)));
  tf.dispose([value, ...Object.values(grads)]);
};

const norm = (style: Style, { rows, width }: { rows: number; width: number }): Body => {
  const x = tf.variable(random([rows, width]));
  const dy = random([rows, width], 2);
  if (style === 'layers') {
    const layer = tf.layers.layerNormalization({ epsilon: 1e-5 });
    const step = (): void => gradients(() => layer.apply(x as tf.Tensor) as tf.Tensor, dy);
    return { step, dispose: () => tf.dispose([x, dy, ...layer.getWeights()]) };
  }
  const gain = tf.variable(tf.ones([width]));
  const bias = tf.variable(tf.zeros([width]));
  const own = (): tf.Tensor =>
    layerNorm(x as tf.Tensor, { gain: gain as tf.Tensor1D, bias: bias as tf.Tensor1D, epsilon: 1e-5 });
  const plain = (): tf.Tensor => {
    const { mean, variance } = tf.moments(x, -1, true);
    const normal = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5)));
    return tf.add(tf.mul(normal, gain), bias);
  };
  return {
    step: () => gradients(style === 'core' ? own : plain, dy),
    dispose: freeing(x, dy, gain, bias),
  };
};

const lookUp = (style: Style, op: Extract<OpCase, { kind: 'embedding' }>): Body => {
  const { tokens, vocabulary, width } = op;
  const next = uniform(3);
  const numbers = Int32Array.from({ length: tokens }, () => Math.floor(next() * vocabulary));
  const ids = tf.tensor2d(numbers, [1, tokens], 'int32');
  const table = tf.variable(random([vocabulary, width]) as tf.Tensor2D);
  const dy = random([1, tokens, width], 2);
  const rows = (): tf.Tensor =>
    style === 'core' ? embedding(ids, table as tf.Tensor2D) : tf.gather(table as tf.Tensor, ids);
  return { step: () => gradients(rows, dy), dispose: freeing(ids, table, dy) };
};

const adamStep = (style: Style, { tensors, size }: { tensors: number; size: number }): Body => {
  if (style === 'core') {
    const parameters = Array.from({ length: tensors }, (_, i) => ({
      path: `p${i}`,
      parameter: new Parameter<tf.Rank>(random([size], i + 1)),
    }));
    const optimizer = new Optimizer(parameters, adam());
    const gradient = random([tensors * size], 99) as tf.Tensor1D;
    return {
      step: () => optimizer.step(gradient, 1e-6),
      dispose: () => {
        optimizer.dispose();
        for (const { parameter } of parameters) parameter.dispose();
        gradient.dispose();
      },
    };
  }
  const variables = Array.from({ length: tensors }, (_, i) => tf.variable(random([size], i + 1)));
  const gradients = variables.map(({ name }, i) => ({ name, tensor: random([size], 99 + i) }));
  const optimizer = tf.train.adam(1e-6);
  return {
    step: () => tf.tidy(() => optimizer.applyGradients(gradients)),
    dispose: () => {
      optimizer.dispose();
      tf.dispose([...variables, ...gradients.map(({ tensor }) => tensor)]);
    },
  };
};

/** The work of a case in a style. */
export const bodyOf = (op: OpCase, style: Style): Body => {
  switch (op.kind) {
    case 'product':
      return product(op);
    case 'add':
      return add(op);
    case 'softmax':
      return softmax(op);
    case 'layerNorm':
      return norm(style, op);
    case 'embedding':
      return lookUp(style, op);
    case 'adam':
      return adamStep(style, op);
  }
};
