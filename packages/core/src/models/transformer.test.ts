import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { lossAndGradient } from '../autodiff/gradients';
import { selectBackend } from '../backend/select';
import { KeyValueCache } from '../context/cache';
import { softmaxCrossEntropy } from '../ops/softmaxCrossEntropy';
import { Optimizer } from '../optim/optimizer';
import { radam } from '../optim/radam';
import { randomStream } from '../random/random';
import { admin } from '../residual/methods/admin';
import { adminConstant } from '../residual/methods/adminConstant';
import { postLN } from '../residual/methods/postLN';
import { preLN } from '../residual/methods/preLN';
import type { ResidualMethod } from '../residual/residual';
import { type Transformer, transformer } from './transformer';

const small = (method: ResidualMethod): Transformer =>
  transformer({ vocabulary: 11, padId: 1, width: 8, heads: 2, feedForward: 16, depth: 2, method }, 3);

const batch = () => ({
  source: tf.tensor2d([4, 5, 6, 2, 7, 8, 2, 1], [2, 4], 'int32'),
  target: tf.tensor2d([2, 6, 5, 2, 8, 7], [2, 3], 'int32'),
});

beforeAll(async () => {
  await selectBackend('wasm');
});

describe.each([postLN(), preLN(), admin(), adminConstant()])('Transformer with $name', (method) => {
  it('learns a batch by heart', async () => {
    const model = small(method);
    const { source, target } = batch();
    const labels = tf.tensor1d([6, 5, 2, 8, 7, 2], 'int32');
    const parameters = model.parameters();
    const optimizer = new Optimizer(parameters, radam());
    const losses: number[] = [];
    const before = tf.memory().numTensors;
    for (let step = 1; step <= 150; step++) {
      const { loss, gradient } = lossAndGradient(parameters, () => {
        const context = { training: true, random: randomStream(1).fork(step) };
        const logits = tf.reshape<tf.Rank.R2>(model.call({ source, target }, context), [6, 11]);
        return tf.mean(softmaxCrossEntropy(logits, labels, 0.1).loss);
      });
      optimizer.step(gradient, 0.01);
      losses.push((await loss.data())[0]!);
      tf.dispose([loss, gradient]);
    }
    expect(tf.memory().numTensors).toBe(before);
    expect(losses[0]).toBeGreaterThan(1.5);
    expect(losses.at(-1)).toBeLessThan(0.65);
    // The entropy of the smoothed labels: no model can go lower.
    expect(losses.at(-1)).toBeGreaterThan(0.5);
    optimizer.dispose();
    model.dispose();
    tf.dispose([source, target, labels]);
  });

  it('gives the same logits step by step with a cache', async () => {
    const model = small(method);
    const { source, target } = batch();
    const memory = model.encode(source);
    const whole = model.logits(model.decode(target, memory));
    const cache = new KeyValueCache();
    const steps = [0, 1, 2].map((t) =>
      tf.tidy(() => model.logits(model.decode(tf.slice(target, [0, t], [-1, 1]), memory, { cache }))),
    );
    const stepped = tf.concat(steps, 1);
    expect(tf.max(tf.abs(tf.sub(whole, stepped))).dataSync()[0]).toBeLessThan(1e-5);
    cache.dispose();
    model.dispose();
  });

  it('does not see pads or the future', async () => {
    const model = small(method);
    const padded = tf.tensor2d([4, 5, 2, 1, 1], [1, 5], 'int32');
    const bare = tf.tensor2d([4, 5, 2], [1, 3], 'int32');
    const one = model.call({ source: padded, target: tf.tensor2d([2, 6, 5], [1, 3], 'int32') });
    const two = model.call({ source: bare, target: tf.tensor2d([2, 6, 9], [1, 3], 'int32') });
    const difference = tf.max(tf.abs(tf.sub(one, two)), [0, 2]).dataSync();
    expect(difference[0]).toBeLessThan(1e-5);
    expect(difference[1]).toBeLessThan(1e-5);
    expect(difference[2]).toBeGreaterThan(1e-3);
    model.dispose();
  });
});
