import { fileURLToPath } from 'node:url';
import { dependency, gradientNorms, measureBranches, outputChange, predict } from '@steadyformer/analysis';
import { type Context, selectBackend, summary } from '@steadyformer/core';
import { readPretrained } from '@steadyformer/core/node';
import { fromPretrained, type PretrainedBatch } from '@steadyformer/core/pretrained';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';

const folderOf = (kind: string): string =>
  fileURLToPath(new URL(`../../packages/core/src/pretrained/fixtures/${kind}`, import.meta.url));

const ids = (): tf.Tensor2D =>
  tf.tensor2d(
    [
      [7, 9, 4, 2, 11],
      [5, 6, 8, 30, 3],
    ],
    undefined,
    'int32',
  );

beforeAll(async () => {
  await selectBackend('cpu');
});

describe.each(['gpt2', 'bert', 'llama', 'marian'])('what is measured of a checkpoint of %s', (kind) => {
  it('is what is measured of any model of stacks', async () => {
    const model = await fromPretrained(await readPretrained(folderOf(kind)));
    const batch: PretrainedBatch = kind === 'marian' ? { source: ids(), target: ids() } : ids();
    const before = tf.memory().numTensors;

    const found = await dependency(model, batch);
    const predicted = await predict(model, {
      ...(await measureBranches(model, batch)),
      perturbation: { kind: 'unit' },
    });
    expect(Object.keys(found)).toEqual(Object.keys(model.stacks()));
    for (const [stack, { beta, paths }] of Object.entries(found)) {
      for (const row of beta) expect(row.reduce((sum, b) => sum + b * b, 0)).toBeCloseTo(1, 5);
      expect(predicted[stack]!.branches.map(({ path }) => path)).toEqual(paths);
    }

    const changed = await outputChange(model, batch, {
      change: { kind: 'gaussian', ratio: 1e-2 },
      seeds: [1],
    });
    for (const points of Object.values(changed)) expect(points.at(-1)!.change.mean).toBeGreaterThan(0);

    const loss = (inputs: PretrainedBatch, context: Context): tf.Scalar =>
      tf.tidy(() => tf.mean(tf.square(model.call(inputs, context))));
    const { outputs } = await gradientNorms(model, batch, loss);
    for (const norms of Object.values(outputs)) for (const { norm } of norms) expect(norm).toBeGreaterThan(0);

    expect((await summary(model)).rows.length).toBeGreaterThan(4);
    expect(tf.memory().numTensors).toBe(before);
    tf.dispose(batch as tf.TensorContainer);
    model.dispose();
  });
});
