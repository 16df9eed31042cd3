import * as tf from '@tensorflow/tfjs';
import type { Plain } from '../../testing';
import type { Draw } from './draw';
import type { Generated } from './outcome';

type Two = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

const BINARY: Readonly<Record<string, Two>> = {
  add: tf.add,
  sub: tf.sub,
  mul: tf.mul,
  div: tf.div,
  maximum: tf.maximum,
  minimum: tf.minimum,
  squaredDifference: tf.squaredDifference,
  floorDiv: tf.floorDiv,
  mod: tf.mod,
  equal: tf.equal,
  notEqual: tf.notEqual,
  less: tf.less,
  lessEqual: tf.lessEqual,
  greater: tf.greater,
  greaterEqual: tf.greaterEqual,
};
const LOGICAL: Readonly<Record<string, Two>> = {
  logicalAnd: tf.logicalAnd,
  logicalOr: tf.logicalOr,
  logicalXor: tf.logicalXor,
  equal: tf.equal,
  add: tf.add,
};

/** A function of two tensors that broadcast, of one type or two. */
export const binary = (draw: Draw): Generated => {
  const kind = draw.of(['float32', 'float32', 'float32', 'int32', 'bool', 'mixed'] as const);
  const functions = kind === 'bool' ? LOGICAL : BINARY;
  const name = draw.of(Object.keys(functions));
  const one = draw.shape(draw.whole(0, 6));
  const other = draw.chance(0.3) ? one : draw.mate(one);
  const [a, b] = draw.chance(0.5) ? [one, other] : [other, one];
  const make = (shape: number[], which: typeof kind): Plain => {
    if (which === 'float32') return draw.chance(0.3) ? draw.specials(shape) : draw.floats(shape);
    if (which === 'bool') return draw.bools(shape);
    // No zero: whole numbers by 0 are undefined in tfjs.
    const plain = draw.integers(shape, 50);
    return { ...plain, values: plain.values.map((x) => x + 1) };
  };
  const [left, right] =
    kind === 'mixed'
      ? (
          [
            ['float32', 'int32'],
            ['int32', 'float32'],
          ] as const
        )[draw.whole(0, 1)]!
      : [kind, kind];
  return {
    name: `${name} ${left} [${a}] ${right} [${b}]`,
    inputs: { a: make(a, left), b: make(b, right) },
    program: (t) => [functions[name]!(t.a!, t.b!)],
  };
};

const UNARY: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor>> = {
  abs: tf.abs,
  neg: tf.neg,
  exp: tf.exp,
  log: tf.log,
  sqrt: tf.sqrt,
  rsqrt: tf.rsqrt,
  square: tf.square,
  reciprocal: tf.reciprocal,
  relu: tf.relu,
  relu6: tf.relu6,
  elu: tf.elu,
  selu: tf.selu,
  leakyRelu: (x) => tf.leakyRelu(x, 0.3),
  steepLeakyRelu: (x) => tf.leakyRelu(x, -1.5),
  sigmoid: tf.sigmoid,
  tanh: tf.tanh,
  erf: tf.erf,
  sin: tf.sin,
  cos: tf.cos,
  ceil: tf.ceil,
  floor: tf.floor,
  round: tf.round,
  clip: (x) => tf.clipByValue(x, -0.7, 0.6),
  clipToOne: (x) => tf.clipByValue(x, 0.5, 0.5),
  zerosLike: tf.zerosLike,
  onesLike: tf.onesLike,
};

/** A function of one tensor of any type and rank. */
export const unary = (draw: Draw): Generated => {
  const name = draw.of(Object.keys(UNARY));
  const shape = draw.shape(draw.whole(0, 6));
  const kind = draw.of(['float', 'float', 'special', 'int32'] as const);
  const x =
    kind === 'int32'
      ? draw.integers(shape, 30)
      : kind === 'special'
        ? draw.specials(shape)
        : draw.floats(shape);
  return {
    name: `${name} of ${kind} [${shape}]`,
    inputs: { x },
    program: (t) => [UNARY[name]!(t.x!)],
  };
};

/** A choice under broadcasting of all three, and the kernel itself with a condition of rows. */
export const where = (draw: Draw): Generated => {
  const shape = draw.shape(draw.whole(0, 5));
  const make = draw.of([draw.floats, (s: readonly number[]) => draw.integers(s, 9), draw.bools]);
  const shapes = [draw.mate(shape), draw.chance(0.5) ? shape : draw.mate(shape), shape] as const;
  return {
    name: `where [${shapes[0]}] [${shapes[1]}] [${shapes[2]}]`,
    inputs: { c: draw.bools(shapes[0]), a: make(shapes[1]), b: make(shapes[2]) },
    program: (t) => [tf.where(t.c!, t.a!, t.b!)],
  };
};

/** A sum of equal tensors. */
export const addN = (draw: Draw): Generated => {
  const shape = draw.shape(draw.whole(0, 5));
  const count = draw.chance(0.1) ? 40 : draw.whole(1, 5);
  const wrong = draw.chance(0.1) ? [...shape, 1] : shape;
  const whole = draw.chance(0.2);
  const make = (s: readonly number[]): Plain => (whole ? draw.integers(s, 9) : draw.floats(s));
  const inputs = Object.fromEntries(
    Array.from({ length: count }, (_, i) => [`x${i}`, make(i === 1 ? wrong : shape)] as const),
  );
  return {
    name: `addN of ${count} [${shape}] and [${wrong}]`,
    inputs,
    program: (t) => [tf.addN(Object.values(t))],
  };
};

const SMOOTH: readonly string[] = ['add', 'sub', 'mul', 'div'];

/** Gradients of arithmetic under broadcasting. */
export const binaryGradient = (draw: Draw): Generated => {
  const name = draw.of(SMOOTH);
  const one = draw.shape(draw.whole(0, 5));
  const other = draw.mate(one);
  const away = (plain: Plain): Plain => ({ ...plain, values: plain.values.map((x) => x + 2) });
  return {
    name: `gradient of ${name} [${one}] [${other}]`,
    inputs: { a: away(draw.floats(one)), b: away(draw.floats(other)) },
    program: (t) => tf.grads((x, y) => BINARY[name]!(x!, y!))([t.a!, t.b!]),
    tolerance: 1e-4,
  };
};
