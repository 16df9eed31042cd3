import * as tf from '@tensorflow/tfjs';
import { floats, integers, type Plain } from '../../testing';
import { big, bools, type Case, gather, positive, SPECIAL, special } from './case';

export const elementwise: readonly Case[] = gather((add) => {
  const UNARY: Record<string, (x: tf.Tensor) => tf.Tensor> = {
    abs: tf.abs,
    neg: tf.neg,
    exp: tf.exp,
    expm1: tf.expm1,
    log: tf.log,
    log1p: tf.log1p,
    sqrt: tf.sqrt,
    rsqrt: tf.rsqrt,
    square: tf.square,
    reciprocal: tf.reciprocal,
    relu: tf.relu,
    relu6: tf.relu6,
    elu: tf.elu,
    selu: tf.selu,
    leakyRelu: (x) => tf.leakyRelu(x, 0.3),
    sigmoid: tf.sigmoid,
    tanh: tf.tanh,
    erf: tf.erf,
    softplus: tf.softplus,
    sin: tf.sin,
    cos: tf.cos,
    tan: tf.tan,
    asin: tf.asin,
    acos: tf.acos,
    atan: tf.atan,
    sinh: tf.sinh,
    cosh: tf.cosh,
    asinh: tf.asinh,
    acosh: tf.acosh,
    atanh: tf.atanh,
    ceil: tf.ceil,
    floor: tf.floor,
    round: tf.round,
    sign: tf.sign,
    step: (x) => tf.step(x, 0.1),
    clip: (x) => tf.clipByValue(x, -0.7, 0.6),
    isNaN: tf.isNaN,
    isInf: tf.isInf,
    isFinite: tf.isFinite,
  };
  const SMOOTH = [
    'neg exp log1p sqrt rsqrt square reciprocal relu elu sigmoid tanh erf softplus sin cos leakyRelu clip',
  ].flatMap((names) => names.split(' '));

  for (const [name, f] of Object.entries(UNARY)) {
    add(`${name} of special values`, { x: special }, (t) => [f(t.x!)]);
    add(`${name} of [5, 7]`, { x: floats([5, 7], 3) }, (t) => [f(t.x!)]);
    add(`${name} of [3, 0]`, { x: floats([3, 0]) }, (t) => [f(t.x!)]);
    add(`${name} of a scalar`, { x: floats([], 5) }, (t) => [f(t.x!)]);
  }
  for (const name of SMOOTH) {
    add(`gradient of ${name}`, { x: positive([4, 6], 7), dy: floats([4, 6], 8) }, (t) => [
      tf.grad(UNARY[name]!)(t.x!, t.dy!),
    ]);
  }

  const ARITHMETIC: Record<string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor> = {
    add: tf.add,
    sub: tf.sub,
    mul: tf.mul,
    div: tf.div,
    maximum: tf.maximum,
    minimum: tf.minimum,
    squaredDifference: tf.squaredDifference,
    floorDiv: tf.floorDiv,
    mod: tf.mod,
    pow: tf.pow,
    prelu: tf.prelu,
  };
  const COMPARISON: Record<string, (a: tf.Tensor, b: tf.Tensor) => tf.Tensor> = {
    equal: tf.equal,
    notEqual: tf.notEqual,
    less: tf.less,
    lessEqual: tf.lessEqual,
    greater: tf.greater,
    greaterEqual: tf.greaterEqual,
  };
  const BROADCASTS: readonly [readonly number[], readonly number[]][] = [
    [
      [4, 5],
      [4, 5],
    ],
    [[4, 5], []],
    [[4, 5], [5]],
    [
      [4, 1],
      [1, 5],
    ],
    [
      [2, 3, 4],
      [3, 1],
    ],
    [
      [2, 1, 4],
      [5, 1],
    ],
    [[0, 5], [5]],
    [[1], [6]],
  ];

  for (const [name, f] of Object.entries({ ...ARITHMETIC, ...COMPARISON })) {
    for (const [a, b] of BROADCASTS) {
      // tfjs broadcasts prelu's second argument only.
      if (name === 'prelu' && a.length * 10 + a[0]! < b.length * 10 + b[0]!) continue;
      const inputs = { a: floats(a, 1), b: floats(b, 2) };
      add(`${name} of [${a}] and [${b}]`, inputs, (t) => [f(t.a!, t.b!)]);
    }
    const all = SPECIAL.flatMap((x) => SPECIAL.map((y) => [x, y] as const));
    const column = (k: 0 | 1): Plain => ({
      shape: [all.length],
      dtype: 'float32',
      values: all.map((pair) => pair[k]),
    });
    add(`${name} of special values`, { a: column(0), b: column(1) }, (t) => [f(t.a!, t.b!)]);
  }
  for (const [name, f] of Object.entries({ ...ARITHMETIC, ...COMPARISON })) {
    if (name === 'prelu' || name === 'pow') continue;
    const small = { a: integers([3, 4], 20, 1), b: integers([4], 9, 2) };
    const shifted = { ...small, b: { ...small.b, values: small.b.values.map((x) => x + 1) } };
    add(`${name} of int32`, shifted, (t) => [f(t.a!, t.b!)]);
    add(`${name} of int32 near overflow`, { a: big([40], 3), b: big([40], 4) }, (t) => [f(t.a!, t.b!)]);
  }
  for (const name of ['add', 'sub', 'mul', 'div']) {
    for (const [a, b] of BROADCASTS.slice(0, 6)) {
      add(`gradient of ${name} of [${a}] and [${b}]`, { a: positive(a, 1), b: positive(b, 2) }, (t) =>
        tf.grads((x, y) => ARITHMETIC[name]!(x!, y!))([t.a!, t.b!]),
      );
    }
  }
  for (const [a, b] of BROADCASTS) {
    const inputs = { a: bools(a, 1), b: bools(b, 2) };
    add(`logicalAnd of [${a}] and [${b}]`, inputs, (t) => [tf.logicalAnd(t.a!, t.b!)]);
    add(`logicalOr of [${a}] and [${b}]`, inputs, (t) => [tf.logicalOr(t.a!, t.b!)]);
    add(`logicalXor of [${a}] and [${b}]`, inputs, (t) => [tf.logicalXor(t.a!, t.b!)]);
  }
  add('logicalNot', { a: bools([4, 3]) }, (t) => [tf.logicalNot(t.a!)]);
});
