import { postLN, radam, selectBackend } from '@steadyformer/core';
import { trainBpe } from '@steadyformer/translate';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { allFail, allTrain, endOf, failures, hasFailed, type Learning, learn, meanCurve } from './learning';
import { withModel } from './model';
import { heldOutUnigram, type Text } from './text';

beforeAll(async () => {
  await selectBackend();
});

const pairs = ['red rot', 'blue blau', 'green grün', 'black schwarz'].flatMap((colour) =>
  ['house Haus', 'car Auto', 'tree Baum'].map((thing) => {
    const [[a, b], [c, d]] = [colour.split(' '), thing.split(' ')];
    return { source: `${a} ${c}`, target: `${b} ${d}` };
  }),
);
const text: Text = {
  vocabulary: trainBpe(
    pairs.flatMap(({ source, target }) => [source, target]),
    { merges: 60 },
  ),
  train: pairs,
  valid: pairs,
};
const size = {
  corpus: 'colours',
  sentences: 12,
  merges: 60,
  maxTokens: 64,
  width: 16,
  heads: 2,
  dropout: 0,
};

const learned = (updates: number, peak: number): Promise<Learning> =>
  withModel(text, { ...size, depth: 1 }, postLN(), 1, ({ model }) =>
    learn(model, text, { ...size, updates, every: 50 }, { peak, seed: 1, rule: () => radam() }),
  );

it('tells what learns from what does not and from what overflows, and leaves no tensors', async () => {
  const { numTensors } = tf.memory();
  const trained = await learned(120, 1e-2);
  const idle = await learned(1, 1e-9);
  expect(tf.memory().numTensors).toBe(numTensors);
  expect(trained.curve.map(({ update }) => update)).toEqual([0, 50, 100, 120]);
  expect(endOf(trained)).toBeLessThan(trained.unigram - 1);
  expect([trained, idle].map(hasFailed)).toEqual([false, true]);
  expect(idle.curve.map(({ update }) => update)).toEqual([0, 1]);
  const overflown = await learned(20, 1e30);
  expect(overflown.diverged).toBe(true);
  expect(endOf(overflown)).toBe(overflown.unigram);
  expect(failures([trained, idle, overflown])).toBe('2 of 3 failed, 1 with numbers that are not finite');
}, 120_000);

it('has the cross-entropy of the unigrams, add-one, of ends too', () => {
  const { vocabulary } = text;
  const [word] = vocabulary.encode('rot');
  const one = { source: 'red', target: 'rot' };
  expect(vocabulary.encode('rot')).toEqual([word]);
  // Of the two tokens of each of three sentences half are the word and half are ends; each was counted once before.
  const entropy = heldOutUnigram({ vocabulary, train: [one, one, one], valid: [one] });
  expect(entropy).toBeCloseTo(-Math.log(4 / (vocabulary.size + 6)), 10);
});

it('words the outcome of three runs and more, and means their curves', () => {
  const run = (nll: number): Learning => ({
    curve: [
      { update: 0, nll: 5 },
      { update: 10, nll },
    ],
    diverged: false,
    unigram: 4,
  });
  const [good, bad] = [run(3.3), run(3.31)];
  expect([allFail([bad, bad, bad]), allTrain([bad, bad, bad])]).toEqual(['agrees', 'disagrees']);
  expect([allFail([bad, bad, good]), allTrain([bad, bad, good])]).toEqual(['cannot tell', 'cannot tell']);
  expect([allFail([good, good, good]), allTrain([good, good, good])]).toEqual(['disagrees', 'agrees']);
  expect([allFail([bad, bad]), allTrain([good, good])]).toEqual(['cannot tell', 'cannot tell']);
  const short = { ...good, curve: good.curve.slice(0, 1), diverged: true };
  expect(meanCurve([run(1), run(3)])).toEqual([
    { update: 0, value: Math.exp(5) },
    { update: 10, value: Math.exp(2) },
  ]);
  expect(meanCurve([good, short]).map(({ update }) => update)).toEqual([0]);
});
