import { mean, selectBackend } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Corpus, openCorpus } from './corpus';
import { type StepFigures, TrainingSession, WATCHED } from './session';

let corpus: Corpus;

beforeAll(async () => {
  await selectBackend('wasm');
  corpus = openCorpus();
});

const setup = { method: 'postLN', depth: 1, rate: 0.01, warmup: 0, seed: 1 } as const;

const steps = async (session: TrainingSession, count: number): Promise<StepFigures[]> => {
  const figures = [];
  for (let step = 0; step < count; step++) figures.push(await session.step());
  return figures;
};

describe('a training session', () => {
  it.each(['postLN', 'admin'] as const)(
    '%s: the loss falls, every fifth update is watched, nothing is left',
    async (method) => {
      const tensors = tf.memory().numTensors;
      const session = await TrainingSession.open({ ...setup, method }, corpus);
      const figures = await steps(session, 30);
      expect(figures.map(({ update }) => update)).toEqual(Array.from({ length: 30 }, (_, i) => i + 1));
      const losses = figures.map(({ loss }) => loss);
      expect(mean(losses.slice(-5))).toBeLessThan(mean(losses.slice(0, 5)) - 0.7);
      for (const { update, gradientNorm, amplification } of figures) {
        expect(gradientNorm).toBeGreaterThan(0);
        expect(amplification !== undefined).toBe(update % WATCHED === 0);
        if (amplification !== undefined) expect(amplification).toBeGreaterThan(0);
      }
      expect(await session.translate('waving hand')).not.toBe('');
      await session.dispose();
      expect(tf.memory().numTensors).toBe(tensors);
    },
  );

  it('repeats itself from the seed, translations in between or not', async () => {
    const run = async (asks: boolean): Promise<number> => {
      const session = await TrainingSession.open({ ...setup, method: 'admin', seed: 7 }, corpus);
      await steps(session, 2);
      if (asks) await session.translate('flag');
      const [last] = await steps(session, 1);
      await session.dispose();
      return last!.loss;
    };
    expect(await run(true)).toBe(await run(false));
  });

  it('warms up', async () => {
    const change = async (warmup: number): Promise<number> => {
      const session = await TrainingSession.open({ ...setup, warmup }, corpus);
      const figures = await steps(session, WATCHED);
      await session.dispose();
      return figures.at(-1)!.amplification!;
    };
    expect(await change(200)).toBeLessThan(0.1 * (await change(0)));
  });

  it('fails on a rate at which numbers run away, with its last update in force', async () => {
    const session = await TrainingSession.open({ ...setup, rate: 1e30 }, corpus);
    await expect(steps(session, 10)).rejects.toThrow(/update \d+/);
    await session.dispose();
  });
});
