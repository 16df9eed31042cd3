import * as tf from '@tensorflow/tfjs';
import type { Plain } from '../../testing';
import type { Draw } from './draw';
import type { Generated } from './outcome';

type Activation = 'linear' | 'relu' | 'relu6' | 'elu' | 'sigmoid' | 'leakyrelu' | 'prelu';

const tile = (x: tf.Tensor, stack: readonly number[]): tf.Tensor =>
  tf.broadcastTo(x, [...stack, ...x.shape.slice(-2)] as [number]);

/** tfjs's cpu backend pairs stacks by their number, not by their place: it is given them tiled. */
const tiledProduct = (a: tf.Tensor, b: tf.Tensor, transposeA: boolean, transposeB: boolean): tf.Tensor => {
  // tfjs looks at the stacks first, and is given none where one is empty.
  tf.util.assert(
    a.shape.at(transposeA ? -2 : -1) === b.shape.at(transposeB ? -1 : -2),
    () => 'inner shapes differ',
  );
  const stack = tf.backend_util.assertAndGetBroadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  if (stack.length === 0) return tf.matMul(a, b, transposeA, transposeB);
  const shape = [...stack, a.shape.at(transposeA ? -1 : -2)!, b.shape.at(transposeB ? -2 : -1)!];
  // Nor can it broadcast to nothing.
  if (shape.includes(0)) return tf.zeros(shape, a.dtype);
  return tf.matMul(tile(a, stack), tile(b, stack), transposeA, transposeB);
};

const pairOf = (draw: Draw): { a: number[]; b: number[]; transposeA: boolean; transposeB: boolean } => {
  const [rows, inner, columns] = draw.shape(3, draw.chance(0.2) ? 40 : 6) as [number, number, number];
  const [transposeA, transposeB] = [draw.chance(0.4), draw.chance(0.4)];
  const stack = draw.shape(draw.whole(0, 3), 3);
  const wrong = draw.chance(0.03) ? 1 : 0;
  const a = transposeA ? [inner, rows] : [rows, inner];
  const b = transposeB ? [columns, inner + wrong] : [inner + wrong, columns];
  const [left, right] = draw.chance(0.5) ? [stack, draw.mate(stack)] : [draw.mate(stack), stack];
  return { a: [...left, ...a], b: [...right, ...b], transposeA, transposeB };
};

/** A product of stacks of matrices, broadcast in any way, of floats or whole numbers. */
export const matMul = (draw: Draw): Generated => {
  const { a, b, transposeA, transposeB } = pairOf(draw);
  const whole = draw.chance(0.15);
  const make = (shape: number[]): Plain => (whole ? draw.integers(shape, 9) : draw.floats(shape));
  return {
    name: `matMul [${a}]${transposeA ? "'" : ''} [${b}]${transposeB ? "'" : ''}${whole ? ' int32' : ''}`,
    inputs: { a: make(a), b: make(b) },
    program: (t) => [tf.matMul(t.a!, t.b!, transposeA, transposeB)],
    reference: (t) => [tiledProduct(t.a!, t.b!, transposeA, transposeB)],
  };
};

const ACTIVATE: Readonly<Record<Activation, (x: tf.Tensor, weights?: tf.Tensor) => tf.Tensor>> = {
  linear: (x) => x,
  relu: (x) => tf.relu(x),
  relu6: (x) => tf.relu6(x),
  elu: (x) => tf.elu(x),
  sigmoid: (x) => tf.sigmoid(x),
  leakyrelu: (x) => tf.leakyRelu(x, 0.3),
  prelu: (x, weights) => tf.prelu(x, weights!),
};

/** The fused kernel itself: op and kernel differ in what they let through. Biases of every form. */
export const fusedMatMul = (draw: Draw): Generated => {
  const { a, b, transposeA, transposeB } = pairOf(draw);
  const stack = [a, b].map((shape) => shape.slice(0, -2));
  const y = [
    ...safeBroadcast(stack[0]!, stack[1]!),
    a.at(transposeA ? -1 : -2)!,
    b.at(transposeB ? -2 : -1)!,
  ];
  const activation = draw.of(Object.keys(ACTIVATE) as Activation[]);
  const bias = draw.chance(0.85)
    ? draw.of([y.slice(-1), [y.at(-2)!, 1], [1, 1], [], [1], y, y.slice(-2), draw.mate(y), draw.mate(y)])
    : undefined;
  const weights = draw.of([y.slice(-1), [], y, [y.at(-2)!, 1]]);
  return {
    name: `_FusedMatMul [${a}]${transposeA ? "'" : ''} [${b}]${transposeB ? "'" : ''} bias [${bias ?? 'none'}] ${activation} [${weights}]`,
    inputs: {
      a: draw.floats(a),
      b: draw.floats(b),
      ...(bias ? { bias: draw.floats(bias) } : {}),
      ...(activation === 'prelu' ? { preluActivationWeights: draw.floats(weights) } : {}),
    },
    program: (t) => [
      tf.engine().runKernel('_FusedMatMul', t, { transposeA, transposeB, activation, leakyreluAlpha: 0.3 }),
    ],
    reference: (t) => {
      const product = tiledProduct(t.a!, t.b!, transposeA, transposeB);
      const sum = t.bias ? tf.add(product, t.bias) : product;
      return [ACTIVATE[activation](sum, t.preluActivationWeights)];
    },
  };
};

const safeBroadcast = (a: readonly number[], b: readonly number[]): number[] => {
  try {
    return tf.backend_util.assertAndGetBroadcastShape([...a], [...b]);
  } catch {
    return [...a];
  }
};

/** The gradients of a product; tfjs has them for stacks of one shape alone. */
export const matMulGradient = (draw: Draw): Generated => {
  const { a, b, transposeA, transposeB } = pairOf(draw);
  const right = [...a.slice(0, -2), ...b.slice(-2)];
  return {
    name: `gradient of matMul [${a}]${transposeA ? "'" : ''} [${right}]${transposeB ? "'" : ''}`,
    inputs: { a: draw.floats(a), b: draw.floats(right) },
    program: (t) => tf.grads((x, y) => tf.matMul(x!, y!, transposeA, transposeB))([t.a!, t.b!]),
  };
};
