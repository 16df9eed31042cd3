import * as tf from '@tensorflow/tfjs';
import { floats, numbers } from '../../testing';
import { type Case, gather } from './case';

export const compositions: readonly Case[] = gather((add) => {
  // Random compositions: a chain of ops whose intermediate results are recycled by the pool.
  for (let seed = 1; seed <= 24; seed++) {
    const next = numbers(seed);
    const rows = 2 + Math.floor((next() + 1) * 12);
    const columns = 2 + Math.floor((next() + 1) * 12);
    const inputs = { x: floats([rows, columns], seed), w: floats([columns, columns], seed + 50) };
    add(
      `composition ${seed} of [${rows}, ${columns}]`,
      inputs,
      (t) =>
        tf.valueAndGrads((x, w) => {
          let y = x as tf.Tensor2D;
          for (let i = 0; i < 4; i++) {
            y = tf.tanh(tf.matMul<tf.Tensor2D>(y, w as tf.Tensor2D));
            y = tf.sub<tf.Tensor2D>(y, tf.mean(y, 1, true));
            y = tf.mul<tf.Tensor2D>(tf.sigmoid(y), tf.transpose(tf.transpose(y)));
          }
          return tf.sum(tf.square(y)) as tf.Scalar;
        })([t.x!, t.w!]).grads,
      1e-4,
    );
  }
});
