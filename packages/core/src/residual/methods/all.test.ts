import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { largest, maxError, noise, read } from '../../../testing/numbers';
import { lossAndGradient } from '../../autodiff/gradients';
import { selectBackend } from '../../backend/select';
import { KeyValueCache } from '../../context/cache';
import { fromConfig } from '../../models/fromConfig';
import { type Transformer, transformer } from '../../models/transformer';
import { randomStream } from '../../random/random';
import { methodFrom, methods } from '.';

// What every residual method must give: a model that runs, trains, decodes, and is rebuilt from its config.

const options = { vocabulary: 11, padId: 1, width: 8, heads: 2, feedForward: 16, depth: 2 };
const batch = () => ({
  source: tf.tensor2d([4, 5, 6, 2, 7, 8, 2, 1], [2, 4], 'int32'),
  target: tf.tensor2d([2, 6, 5, 2, 8, 7], [2, 3], 'int32'),
});

/** Scales that start at zero hide their branches; some other number shows what is wrong. */
const wake = (model: Transformer): void => {
  for (const { path, parameter } of model.parameters()) {
    if (largest(read(parameter.value)) > 0) continue;
    const fresh = tf.tensor(
      noise(parameter.size, path.length).map((x) => 0.3 * x + 0.4),
      [...parameter.shape],
    );
    parameter.assign(fresh);
    fresh.dispose();
  }
};

beforeAll(async () => {
  await selectBackend('wasm');
});

describe.each(Object.keys(methods))('a Transformer with %s', (name) => {
  it('has a finite gradient that leaves no tensor and reaches every parameter', () => {
    const model = transformer({ ...options, method: methodFrom({ name }) }, 3);
    wake(model);
    const input = batch();
    const weights = tf.tensor3d(noise(66, 1), [2, 3, 11]);
    const parameters = model.parameters();
    const before = tf.memory().numTensors;
    const { loss, gradient } = lossAndGradient(parameters, () => {
      const context = { training: true, random: randomStream(1) };
      return tf.sum<tf.Scalar>(tf.mul(model.call(input, context), weights));
    });
    expect(tf.memory().numTensors).toBe(before + 2);
    const numbers = read(gradient);
    expect(numbers.every(Number.isFinite)).toBe(true);
    let from = 0;
    for (const { path, parameter } of parameters) {
      expect(largest(numbers.slice(from, from + parameter.size)), path).toBeGreaterThan(0);
      from += parameter.size;
    }
    tf.dispose([loss, gradient, weights, input.source, input.target]);
    model.dispose();
  });

  it('gives the same logits step by step with a cache', () => {
    const model = transformer({ ...options, method: methodFrom({ name }) }, 3);
    wake(model);
    const input = batch();
    const memory = model.encode(input.source);
    const whole = tf.tidy(() => model.logits(model.decode(input.target, memory)));
    const cache = new KeyValueCache();
    const steps = [0, 1, 2].map((t) =>
      tf.tidy(() => model.logits(model.decode(tf.slice(input.target, [0, t], [-1, 1]), memory, { cache }))),
    );
    const stepped = tf.concat(steps, 1);
    expect(maxError(read(stepped), read(whole))).toBeLessThan(1e-5);
    cache.dispose();
    tf.dispose([whole, stepped, ...steps, memory.memory, memory.memoryMask, input.source, input.target]);
    model.dispose();
  });

  it('is rebuilt from its JSON config', () => {
    const model = transformer({ ...options, method: methodFrom({ name }) }, 3);
    const again = fromConfig(JSON.parse(JSON.stringify(model.config)) as typeof model.config, {
      seed: 3,
    });
    const values = (net: Transformer) =>
      net.parameters().map(({ path, parameter }) => [path, read(parameter.value)]);
    expect(values(again)).toEqual(values(model));
    model.dispose();
    again.dispose();
  });
});
