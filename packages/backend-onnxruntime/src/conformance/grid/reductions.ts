import * as tf from '@tensorflow/tfjs';
import { floats, integers } from '../../testing';
import { big, bools, type Case, gather, special } from './case';

export const reductions: readonly Case[] = gather((add) => {
  const REDUCTIONS: Record<string, (x: tf.Tensor, axes: number[] | undefined, keep: boolean) => tf.Tensor> = {
    sum: tf.sum,
    mean: tf.mean,
    max: tf.max,
    min: tf.min,
    prod: tf.prod,
    logSumExp: tf.logSumExp,
  };
  for (const [name, f] of Object.entries(REDUCTIONS)) {
    for (const axes of [undefined, [0], [1], [2], [0, 1], [1, 2], [0, 2], [-1]]) {
      for (const keep of [false, true]) {
        add(`${name} over ${axes}, keepDims ${keep}`, { x: floats([3, 4, 5], 2) }, (t) => [
          f(t.x!, axes, keep),
        ]);
      }
    }
    add(`${name} of special values`, { x: special }, (t) => [f(t.x!, undefined, false)]);
    for (const value of [NaN, Infinity, -Infinity]) {
      const base = floats([4, 6], 3);
      const x = { ...base, values: base.values.map((y, i) => (i === 8 ? value : y)) };
      add(`${name} of rows with ${value}`, { x }, (t) => [f(t.x!, [1], false)]);
    }
  }
  for (const name of ['sum', 'mean', 'max', 'logSumExp']) {
    for (const axes of [[0], [1], [0, 1]]) {
      add(`gradient of ${name} over ${axes}`, { x: floats([4, 5], 6) }, (t) => [
        tf.grad((x) => REDUCTIONS[name]!(x, axes, false))(t.x!),
      ]);
    }
  }
  add('sum of int32', { x: integers([3, 4], 100) }, (t) => [tf.sum(t.x!, 0)]);
  add('sum of int32 near overflow', { x: big([30]) }, (t) => [tf.sum(t.x!)]);
  add('sum of bool', { x: bools([3, 4]) }, (t) => [tf.sum(t.x!, 1)]);
  add('all and any', { x: bools([3, 4]) }, (t) => [tf.all(t.x!, 0), tf.any(t.x!, 1)]);
  add('argMax and argMin', { x: floats([3, 4]) }, (t) => [tf.argMax(t.x!, 1), tf.argMin(t.x!, 0)]);
  add('softmax', { x: floats([4, 9]) }, (t) => [tf.softmax(t.x!), tf.logSoftmax(t.x!)]);
  add('gradient of softmax', { x: floats([4, 9]), dy: floats([4, 9], 2) }, (t) => [
    tf.grad((x) => tf.softmax(x))(t.x!, t.dy!),
    tf.grad((x) => tf.logSoftmax(x))(t.x!, t.dy!),
  ]);
});
