import * as tf from '@tensorflow/tfjs';
import { floats } from '../../testing';
import { type Case, gather } from './case';

export const products: readonly Case[] = gather((add) => {
  const PRODUCTS: readonly [readonly number[], readonly number[], boolean, boolean][] = [];
  for (const transposeA of [false, true]) {
    for (const transposeB of [false, true]) {
      const flip = <T>(pair: readonly [T, T], on: boolean): T[] => (on ? [pair[1], pair[0]] : [...pair]);
      for (const [left, right] of [
        [[], []],
        [[3], [3]],
        [
          [2, 3],
          [2, 3],
        ],
        [[3], [1]],
        [[1], [3]],
      ] as const) {
        (PRODUCTS as unknown[]).push([
          [...left, ...flip([4, 6], transposeA)],
          [...right, ...flip([6, 5], transposeB)],
          transposeA,
          transposeB,
        ]);
      }
    }
  }
  for (const [a, b, transposeA, transposeB] of PRODUCTS) {
    const name = `[${a}]${transposeA ? "'" : ''} x [${b}]${transposeB ? "'" : ''}`;
    const inputs = { a: floats(a, 1), b: floats(b, 2) };
    add(`matMul ${name}`, inputs, (t) => [tf.matMul(t.a!, t.b!, transposeA, transposeB)]);
    if (`${a.slice(0, -2)}` === `${b.slice(0, -2)}`) {
      add(`gradient of matMul ${name}`, inputs, (t) =>
        tf.grads((x, y) => tf.matMul(x!, y!, transposeA, transposeB))([t.a!, t.b!]),
      );
    }
  }
  for (const activation of ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu'] as const) {
    for (const bias of [true, false]) {
      const inputs = { a: floats([3, 4], 1), b: floats([4, 5], 2), c: floats([5], 3) };
      add(`fused matMul, ${activation}, bias ${bias}`, inputs, (t) => [
        tf.fused.matMul({
          a: t.a as tf.Tensor2D,
          b: t.b as tf.Tensor2D,
          activation,
          ...(bias ? { bias: t.c! } : {}),
        } as Parameters<typeof tf.fused.matMul>[0]),
      ]);
    }
  }
  add('matMul with nothing to add up', { a: floats([3, 0]), b: floats([0, 4]) }, (t) => [
    tf.matMul(t.a!, t.b!),
  ]);
  add('matMul of no rows', { a: floats([0, 3]), b: floats([3, 4]) }, (t) => [tf.matMul(t.a!, t.b!)]);
});
