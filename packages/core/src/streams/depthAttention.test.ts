import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { lossAndGradient } from '../autodiff/gradients';
import { selectBackend } from '../backend/select';
import { depthAttention } from './depthAttention';
import type { StreamWeights } from './plan';

// The wasm backend copies what it clones; others share it.
beforeAll(async () => {
  await selectBackend('cpu');
});

it('holds no copy of the streams until the backward pass', () => {
  const [count, shape] = [16, [2, 4, 64] as [number, number, number]];
  const weights = depthAttention().make({ width: 64 } as never) as StreamWeights;
  const streams = Array.from({ length: count }, (_, i) => tf.fill<tf.Rank.R3>(shape, i));
  let held = 0;
  const { loss, gradient } = lossAndGradient(weights.parameters(), () => {
    const before = tf.memory().numDataBuffers;
    const { read } = tf.tidy(() => ({ read: weights.call(streams).read as tf.Tensor }));
    held = tf.memory().numDataBuffers - before;
    return tf.sum<tf.Scalar>(tf.square(read));
  });
  // The shares alone, [B, T, n]: streams side by side and their norms were two more.
  expect(held).toBe(1);
  tf.dispose([loss, gradient, streams]);
  weights.dispose();
});
