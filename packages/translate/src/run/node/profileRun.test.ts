import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { needsProfile, profile } from '@steadyformer/admin-init';
import type { Stacked } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runConfig } from '../runConfig';
import { planRun } from './plan';
import { profileRun } from './profileRun';
import { learnFrom, makeTask, readText } from './task';

let folder = '';
let config: Record<string, unknown> = {};
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steadyformer-profile-'));
  const words = ['a', 'small', 'test', 'of', 'many', 'words'];
  const lines = Array.from({ length: 40 }, (_, i) =>
    Array.from({ length: 3 + (i % 5) }, (_, k) => words[(i * 5 + k * k + i * k) % 6]).join(' '),
  );
  await writeFile(join(folder, 'a.txt'), `${lines.join('\n')}\n`);
  await writeFile(join(folder, 'b.txt'), `${lines.map((line) => line.toUpperCase()).join('\n')}\n`);
  config = {
    backend: 'cpu',
    output: join(folder, 'run'),
    data: {
      train: { source: join(folder, 'a.txt'), target: join(folder, 'b.txt') },
      holdOut: { valid: 4 },
      filter: { keepIdentical: true, keepDuplicates: true },
    },
    vocabulary: { merges: 10 },
    batches: { maxTokens: 64 },
    model: { width: 8, heads: 2, depth: 2 },
    profile: { batches: 2, rule: 'paper', dropout: false },
  };
});
afterAll(() => rm(folder, { recursive: true }));

describe('profileRun', () => {
  it('measures the first batches at the weights of the seed, as the config says', async () => {
    await tf.ready();
    const before = tf.memory().numTensors;
    const made = await profileRun(config);
    expect(tf.memory().numTensors).toBe(before);
    expect(made).toMatchObject({ rule: 'paper', dropout: false, pads: 'masked', seed: 1 });
    expect(made.shapes.encoder).toHaveLength(2);
    const checked = runConfig(config);
    const text = await readText(checked, () => {});
    const task = makeTask(
      text,
      learnFrom(text, checked, () => {}),
      checked,
      {},
    );
    const model = task.model as Stacked<unknown>;
    expect(needsProfile(model)).toBe(true);
    const batches = [0, 1].map((i) => task.tensors(task.train.batchAt(0, i)));
    const again = await profile(
      model,
      batches.map(({ input }) => input),
      { rule: 'paper', dropout: false, seed: 1 },
    );
    expect(made).toEqual(again);
    tf.dispose(batches.flatMap(({ tensors }) => [...tensors]));
    task.model.dispose();
    expect((await readdir(folder)).sort()).toEqual(['a.txt', 'b.txt']);
  });

  it('ends by what its caller throws while the text is read', async () => {
    const [source, target] = ['x.txt', 'y.txt'].map((name) => join(folder, name));
    await writeFile(source!, 'a small test\n'.repeat(10_000));
    await writeFile(target!, 'many words\n'.repeat(10_000));
    const files = { source: source!, target: target! };
    const long = { ...config, data: { train: files, valid: files, filter: { apply: false } } };
    const stop = (): never => {
      throw new Error('stopped by the caller');
    };
    const before = tf.memory().numTensors;
    await expect(profileRun(long, { onProgress: stop })).rejects.toThrow('stopped by the caller');
    const onEvent = ({ event }: { readonly event: string }): void => {
      if (event === 'progress') stop();
    };
    await expect(planRun(long, { onEvent })).rejects.toThrow('stopped by the caller');
    expect(tf.memory().numTensors).toBe(before);
    await Promise.all([source!, target!].map((path) => rm(path)));
  });

  it('says where there is nothing to profile, and leaves no tensor', async () => {
    const before = tf.memory().numTensors;
    const preLN = { ...config, model: { width: 8, heads: 2, depth: 2, method: 'preLN' } };
    await expect(profileRun(preLN)).rejects.toThrow(/no omega of the model is set from data.*'admin'/);
    expect(tf.memory().numTensors).toBe(before);
    await expect(profileRun(config, { onProgres: () => {} } as never)).rejects.toThrow(/onProgress/);
  });
});
