import { admin, languageModel, randomStream, selectBackend } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { adminInit, reparameterize } from '.';

beforeAll(async () => {
  await selectBackend();
});

it('a language model is profiled, and folds at random gains, biases and negative omegas', async () => {
  const model = languageModel(
    { vocabulary: 40, width: 16, heads: 4, feedForward: 32, depth: 3, method: admin() },
    7,
  );
  const ids = tf.tensor2d([[5, 9, 22, 31, 4, 17]], [1, 6], 'int32');
  const made = await adminInit(model, [ids]);
  expect(made.stacks.decoder!.map(({ omega }) => omega)).toHaveLength(6);
  for (const [i, { path, parameter }] of model.parameters().entries()) {
    if (!/omega|gain|bias/.test(path)) continue;
    const noise = randomStream(99).fork(i).normal(parameter.size, 0, 0.3);
    const sign = (k: number) => (path.endsWith('omega') && k % 5 === 0 ? -1 : 1);
    const base = /omega|gain/.test(path) ? 1.5 : 0;
    const value = tf.tensor(
      noise.map((x, k) => sign(k) * (base + x)),
      [...parameter.shape],
    );
    parameter.assign(value);
    value.dispose();
  }
  const plain = await reparameterize(model, { maxLength: 16 });
  const error = tf.tidy(() => {
    const logits = model.call(ids);
    const scale = tf.max(tf.abs(logits));
    return tf.div(tf.max(tf.abs(tf.sub(logits, plain.call(ids)))), scale).dataSync()[0];
  });
  expect(error).toBeLessThan(1e-5);
  expect(plain.parameters().some(({ path }) => path.includes('omega'))).toBe(false);
});
