import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomStream, ruleFrom, selectBackend } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Batches } from '../../data/batches';
import { encodeCorpus } from '../../data/encodeCorpus';
import { trainBpe } from '../../subwords/trainBpe';
import { LocalLearner } from '../../training/localLearner';
import type { RunEvent } from '../events';
import { runConfig } from '../runConfig';
import type { RunPlan } from '../runPlan';
import { scheduleOf } from '../schedule';
import { planRun } from './plan';
import type { PlanOptions } from './planOptions';
import { planText } from './planText';
import { profileTask } from './profileTask';
import { makeTask, readText } from './task';
import { train } from './train';

const root = mkdtempSync(join(tmpdir(), 'steadyformer-plan-'));
afterAll(() => rmSync(root, { recursive: true }));
beforeAll(async () => {
  await selectBackend('cpu');
});

const WORDS = ['red', 'blue', 'old', 'house', 'car', 'tree', 'green', 'river', 'door', 'night'];
const sentence = (i: number): string[] =>
  Array.from({ length: 2 + (i % 5) }, (_, j) => WORDS[(3 * i + (i >> 2) + 5 * j) % WORDS.length]!);
const pairs = Array.from({ length: 40 }, (_, i) => ({
  source: sentence(i).join(' '),
  target: sentence(i)
    .map((word) => `${word}e`)
    .join(' '),
}));
const write = (name: string, lines: readonly string[]): string => {
  const path = join(root, name);
  writeFileSync(path, `${lines.join('\n')}\n`);
  return path;
};
// One pair twice, one the same on both sides, one far longer on one side.
const dirty = [
  ...pairs,
  pairs[0]!,
  { source: 'same', target: 'same' },
  { source: 'a', target: 'b b b b b b' },
];
const source = write(
  'text.en',
  dirty.map((pair) => pair.source),
);
const target = write(
  'text.de',
  dirty.map((pair) => pair.target),
);
const held = {
  source: write('held.en', ['red door', 'old car']),
  target: write('held.de', ['rede doore', 'olde care']),
};

type Changes = Readonly<Record<string, unknown>>;

const tiny = (changes: Changes = {}): Record<string, unknown> => ({
  output: join(root, 'run'),
  backend: 'cpu',
  replicas: 1,
  data: { train: { source, target }, valid: held },
  vocabulary: { merges: 20 },
  batches: { maxTokens: 60 },
  model: { width: 8, heads: 2, depth: 1, feedForward: 8 },
  optimizer: { peak: 0.01, schedule: { name: 'inverseSqrt', warmup: 4 } },
  training: { updates: 12 },
  ...changes,
});

const files = (): string[] => (readdirSync(root, { recursive: true }) as string[]).sort();

/** A plan that leaves neither tensors nor files. */
const plan = async (config: Changes, options: PlanOptions = {}): Promise<RunPlan> => {
  const [tensors, before] = [tf.memory().numTensors, files()];
  const made = await planRun(config, options);
  expect(tf.memory().numTensors).toBe(tensors);
  expect(files()).toEqual(before);
  expect(JSON.parse(JSON.stringify(made))).toEqual(made);
  return made;
};

const omegasIn = ({ model }: RunPlan): number[] =>
  model.rows.flatMap(({ omega }) => (omega ? [omega.mean] : []));

describe('planRun()', () => {
  it('counts the text as an epoch has it', async () => {
    const { data, vocabulary, training } = await plan(tiny());
    const bpe = trainBpe([...pairs.map((pair) => pair.source), ...pairs.map((pair) => pair.target)], {
      merges: 20,
    });
    expect(vocabulary).toEqual({ source: bpe.size, target: bpe.size, shared: true, from: 'learned' });
    const corpus = encodeCorpus(pairs, bpe);
    const batches = new Batches(corpus, { maxTokens: 60, seed: 1 });
    const ends = pairs.length;
    const tokens = { source: corpus.source.ids.length + ends, target: corpus.target.ids.length + ends };
    let positions = 0;
    for (const batch of batches.epoch()) positions += batch.source.length + batch.targetOutput.length;
    expect(data).toEqual({
      train: 40,
      valid: 2,
      test: 0,
      dropped: { duplicate: 1, identical: 1, ratio: 1 },
      tooLong: 0,
      batches: batches.count,
      tokens,
      padding: 1 - (tokens.source + tokens.target) / positions,
    });
    expect(data!.padding).toBeGreaterThan(0);
    expect(training).toMatchObject({
      updates: 12,
      epochs: 12 / batches.count,
      updatesAnEpoch: batches.count,
      tokensAnUpdate: tokens.target / batches.count,
    });
  });

  it('says what train() then does: data, model, omegas, and bytes on disk', async () => {
    const config = tiny({
      output: join(root, 'trained'),
      checkpoints: { every: 4 },
      average: { decay: 0.9 },
    });
    const before = await plan(config);
    const events: RunEvent[] = [];
    const found = <Name extends RunEvent['event']>(name: Name) =>
      events.find((event) => event.event === name) as Extract<RunEvent, { event: Name }>;
    await train(config, { onEvent: (event) => events.push(event) });
    const { event: _, ...data } = found('data');
    expect(before.data).toMatchObject(data);
    expect(before.model.parameters).toBe(found('model').parameters);
    const { omegas } = found('profile');
    expect(omegasIn(before)).toEqual(
      [...omegas.encoder!, ...omegas.decoder!].map((omega) => Math.fround(omega)),
    );
    expect(omegasIn(before)[1]).toBeGreaterThan(1.2);
    // The numbers of its files; their headers and the manifest are the same for a model of any size.
    const folder = join(root, 'trained/checkpoints', readdirSync(join(root, 'trained/checkpoints'))[0]!);
    const written = readdirSync(folder)
      .filter((name) => name.endsWith('.safetensors'))
      .reduce((bytes, name) => bytes + statSync(join(folder, name)).size, 0);
    expect(before.disk.checkpoint).toBe(16 * before.model.parameters);
    expect(written - before.disk.checkpoint).toBeGreaterThan(0);
    expect(written - before.disk.checkpoint).toBeLessThan(8000);
    const { updates } = before.training;
    for (const { update, rate } of before.training.rates) {
      const made = events.find((event) => event.event === 'update' && event.update === update);
      if (made) expect(made).toMatchObject({ learningRate: rate });
    }
    expect(before.training.rates.map(({ update }) => update)).toEqual([1, 4, updates]);
    // A run's folder may be planned on again, and stays as it is.
    await plan(config);
  });

  it('makes two updates with the batches, rates and learner of the run', async () => {
    const config = runConfig(tiny({ training: { updates: 12, accumulate: 3, clipNorm: 0.5 } }));
    const { measured, training, data } = await plan(config as unknown as Changes);
    const text = await readText(config, () => {});
    const lines = [...text.parts.train] as typeof pairs;
    const bpe = trainBpe([...lines.map((pair) => pair.source), ...lines.map((pair) => pair.target)], {
      merges: 20,
    });
    const task = makeTask(text, bpe, config, {});
    await profileTask(task, config);
    const learner = new LocalLearner({
      model: task.model,
      loss: task.loss,
      rule: ruleFrom({ name: 'radam' }),
    });
    const shapes = [...task.train.epoch()];
    for (const [i, { loss, gradientNorm, tokens, source, target }] of measured!.updates.entries()) {
      const batch = shapes.find(
        ({ sourceShape, targetShape, targetTokens }) =>
          `${[sourceShape, targetShape, targetTokens]}` === `${[source, target, tokens]}`,
      )!;
      const random = randomStream(1)
        .fork('plan')
        .fork(i + 1);
      const sums = await learner.gradient([batch], random);
      expect(sums).toEqual({ loss, gradientNorm, tokens, nll: sums.nll });
      await learner.step(scheduleOf(config.optimizer)(i + 1), Math.min(1, 0.5 / gradientNorm!));
    }
    await learner.dispose();
    task.model.dispose();
    // Three batches an update, of the mean size.
    const { gradientSeconds, stepSeconds, source, target } = measured!.updates[1]!;
    const positions = source[0] * source[1] + target[0] * target[1];
    const all = (data!.tokens.source + data!.tokens.target) / (1 - data!.padding) / data!.batches;
    const expected = (3 * gradientSeconds * all) / positions + stepSeconds;
    expect(measured!.secondsAnUpdate / expected).toBeCloseTo(1, 9);
    expect(measured!.seconds / (12 * expected)).toBeCloseTo(1, 9);
    expect(measured!.tokensPerSecond / (training.tokensAnUpdate! / expected)).toBeCloseTo(1, 9);
    expect(training.tokensAnUpdate).toBe((3 * data!.tokens.target) / data!.batches);
    expect(measured!.peakBytes).toBeGreaterThan(5e7);
    expect(measured!.peakBytes).toBeLessThanOrEqual(1024 * process.resourceUsage().maxRSS);
    expect(measured!.replicas).toBe(1);
  });

  it('plans a language model', async () => {
    const text = write(
      'running.txt',
      pairs.map((pair) => pair.source),
    );
    const made = await plan({
      ...tiny({ kind: 'languageModel', data: { train: text }, batches: { maxTokens: 64, length: 16 } }),
      replicas: 'auto',
    });
    expect(made.data).toMatchObject({ train: 39, valid: 1, tokens: { source: 0 } });
    expect(made.vocabulary).toMatchObject({ shared: true, from: 'learned' });
    expect(made.measured!.updates.map((update) => update.source)).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(made.measured!.updates[0]!.target).toEqual([4, 16]);
    expect(made.notes).toEqual([expect.stringContaining("replicas is 'auto': this was measured with 1")]);
    expect(planText(made)).toContain('39 lines to learn from, 1 to validate on, 0 to test on');
  });

  it('ends with the epochs, where these are over first', async () => {
    const { data, training, notes } = await plan(
      tiny({ training: { updates: 1000, epochs: 2, accumulate: 3 } }),
    );
    expect(training.updates).toBe(Math.ceil((2 * data!.batches) / 3));
    expect(notes[0]).toBe('training.epochs ends the run before its 1000 updates.');
  });

  it('warns of a warm-up that does not end, and of a loss that is not finite', async () => {
    const schedule = { name: 'inverseSqrt', warmup: 4000 };
    const { notes } = await plan(tiny({ optimizer: { peak: 1e-3, schedule } }));
    expect(notes).toEqual(['The learning rate still rises at the end: the warm-up is longer than the run.']);
    const wild = { name: 'sgd', peak: 1e30, schedule: { name: 'constant', value: 1 } };
    const model = { width: 8, heads: 2, depth: 1, method: 'reZero' };
    const { notes: bad } = await plan(tiny({ optimizer: wild, model }));
    expect(bad).toEqual([
      expect.stringMatching(/^The loss or the gradient of update 2 is not finite: the run would end there\./),
    ]);
  });

  it('tells how it goes on, and may be stopped by what it tells', async () => {
    const events: RunEvent[] = [];
    await plan(tiny(), { onEvent: (event) => events.push(event) });
    const told = events.map((event) => (event.event === 'progress' ? event.stage : event.event));
    expect([...new Set(told)]).toEqual(['backend', 'vocabulary', 'data', 'model', 'profiling', 'measuring']);
    const stop = () => {
      throw new Error('stopped by the caller');
    };
    const before = tf.memory().numTensors;
    await expect(planRun(tiny(), { onEvent: stop })).rejects.toThrow('stopped by the caller');
    const late = (event: RunEvent) => event.event === 'progress' && event.stage === 'measuring' && stop();
    await expect(planRun(tiny(), { onEvent: late })).rejects.toThrow('stopped by the caller');
    expect(tf.memory().numTensors).toBe(before);
  });
});
