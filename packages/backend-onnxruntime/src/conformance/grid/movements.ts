import * as tf from '@tensorflow/tfjs';
import { floats, integers } from '../../testing';
import { bools, type Case, gather, special } from './case';

export const movements: readonly Case[] = gather((add) => {
  for (const make of [floats, (s: readonly number[]) => integers(s, 99), bools]) {
    const x = make([2, 3, 4, 5]);
    const inputs = { x, y: make([2, 3, 4, 5], 2), ids: integers([2, 2], 3, 3) };
    for (const perm of [
      [0, 2, 1, 3],
      [3, 2, 1, 0],
      [1, 0, 2, 3],
      [0, 1, 3, 2],
      [2, 3, 0, 1],
      [0, 1, 2, 3],
    ]) {
      add(`transpose ${perm} of ${x.dtype}`, inputs, (t) => [tf.transpose(t.x!, perm)]);
    }
    for (const axis of [0, 1, 3]) {
      add(`concat and stack along ${axis} of ${x.dtype}`, inputs, (t) => [
        tf.concat([t.x!, t.y!, t.x!], axis),
        tf.stack([t.x!, t.y!], axis),
      ]);
      add(`unstack and split along ${axis} of ${x.dtype}`, inputs, (t) => [
        ...tf.unstack(t.x!, axis),
        ...tf.split(t.x!, [1, x.shape[axis]! - 1], axis),
      ]);
      add(`reverse along ${axis} of ${x.dtype}`, inputs, (t) => [tf.reverse(t.x!, axis)]);
    }
    add(`gather of ${x.dtype}`, inputs, (t) => [
      tf.gather(t.x!, tf.reshape(t.ids!, [4]) as tf.Tensor1D, 1),
      tf.gather(t.x!, t.ids as tf.Tensor2D, 2),
    ]);
    add(`slice of ${x.dtype}`, inputs, (t) => [
      tf.slice(t.x!, [1, 0, 2, 1], [1, 2, 2, 3]),
      tf.slice(t.x!, [0, 1], [2, 2]),
      tf.stridedSlice(t.x!, [0, 0, 3, 0], [2, 3, 0, 5], [1, 2, -1, 2]),
    ]);
    add(`tile of ${x.dtype}`, inputs, (t) => [tf.tile(t.x!, [1, 2, 1, 3]), tf.tile(t.x!, [2, 1, 1, 1])]);
    add(`pad of ${x.dtype}`, inputs, (t) => [
      tf.pad(
        t.x!,
        [
          [0, 1],
          [2, 0],
          [0, 0],
          [1, 1],
        ] as [number, number][],
        x.dtype === 'bool' ? 0 : 3,
      ),
    ]);
    add(`where of ${x.dtype}`, { ...inputs, c: bools([2, 3, 4, 5], 9) }, (t) => [tf.where(t.c!, t.x!, t.y!)]);
    for (const dtype of ['float32', 'int32', 'bool'] as const) {
      add(`cast ${x.dtype} to ${dtype}`, { x: make([4, 5], 8) }, (t) => [tf.cast(t.x!, dtype)]);
    }
    add(`like of ${x.dtype}`, inputs, (t) => [tf.zerosLike(t.x!), tf.onesLike(t.x!)]);
  }
  add('cast special values to int32 and bool', { x: special }, (t) => [
    tf.cast(t.x!, 'int32'),
    tf.cast(t.x!, 'bool'),
  ]);
  add(
    'where with a condition of rows',
    { c: bools([4, 1]), a: floats([4, 3]), b: floats([4, 3], 2) },
    (t) => [tf.where(t.c!, t.a!, t.b!)],
  );
  add('oneHot', { ids: integers([7], 9) }, (t) => [
    tf.oneHot(t.ids as tf.Tensor1D, 6),
    tf.oneHot(t.ids as tf.Tensor1D, 9, 0.9, 0.1, 'float32'),
  ]);
  add('unsortedSegmentSum', { x: floats([6, 3]), ids: integers([6], 4, 2) }, (t) => [
    tf.unsortedSegmentSum(t.x!, t.ids as tf.Tensor1D, 4),
  ]);
  add('gradient of gather', { x: floats([5, 3]), ids: integers([6], 5, 2) }, (t) => [
    tf.grad((x) => tf.mul(tf.gather(x, t.ids as tf.Tensor1D), 2))(t.x!),
  ]);
  add('addN', { x: floats([4, 5]), y: floats([4, 5], 2) }, (t) => [tf.addN([t.x!, t.y!, t.x!])]);
  add('cumsum, topk', { x: floats([4, 5]) }, (t) => [tf.cumsum(t.x!, 1), ...Object.values(tf.topk(t.x!, 2))]);
  add('einsum', { x: floats([2, 3, 4]), y: floats([2, 4, 5], 2) }, (t) => [
    tf.einsum('bij,bjk->bik', t.x!, t.y!),
  ]);
  add('complex numbers', { x: floats([2, 4]), y: floats([2, 4], 2) }, (t) => {
    const transformed = tf.fft(tf.complex(t.x!, t.y!));
    return [tf.real(transformed), tf.imag(transformed)];
  });
});
