import { availability } from '@steadyformer/backend-onnxruntime';
import {
  fromConfig,
  loadStateDict,
  postLN,
  radam,
  stateDict,
  type Transformer,
  transformer,
} from '@steadyformer/core';
import {
  Batches,
  encodeCorpus,
  Trainer,
  Translator,
  trainBpe,
  translationLoss,
} from '@steadyformer/translate';
import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, it } from 'vitest';

// A backend that keeps weights in a form of its own: translations follow the weights, whoever changed them.

const pairs = [
  { source: 'a small red house', target: 'ein kleines rotes Haus' },
  { source: 'a house by the lake', target: 'ein Haus am See' },
  { source: 'red', target: 'rot' },
];
const vocabulary = trainBpe(
  pairs.flatMap(({ source, target }) => [source, target]),
  { merges: 30 },
);
const sources = pairs.map(({ source }) => source);
const modelOf = (seed: number): Transformer =>
  transformer(
    { vocabulary: vocabulary.size, padId: vocabulary.pad, width: 32, heads: 2, depth: 2, method: postLN() },
    seed,
  );

const options = { beamSize: 3, tokenScores: true, maxLength: (n: number) => n + 4 };

describe('translation on onnxruntime', () => {
  beforeEach(async ({ skip }) => {
    const { available, reason } = availability();
    if (!available) skip(reason);
    await tf.setBackend('onnxruntime');
  });

  it('follows weights that an optimizer writes, that are assigned, and that are loaded', async () => {
    const model = modelOf(1);
    const translator = new Translator(model, vocabulary);
    const before = await translator.translate(sources, options);
    expect(await translator.translate(sources, options)).toEqual(before);

    const asNew = async () => {
      const other = fromConfig(model.config) as Transformer;
      loadStateDict(other, await stateDict(model));
      const found = await new Translator(other, vocabulary).translate(sources, options);
      other.dispose();
      return found;
    };
    const batches = new Batches(encodeCorpus(pairs, vocabulary));
    const how = { loss: translationLoss(), rule: radam(), schedule: () => 0.01 };
    const trainer = new Trainer({ model, batches, ...how });
    for (let i = 0; i < 8; i++) await trainer.step();
    const trained = await translator.translate(sources, options);
    expect(trained).not.toEqual(before);
    expect(trained).toEqual(await asNew());

    const { parameter } = model
      .parameters()
      .find(({ path }) => path.endsWith('feedForward.branch.inner.weight'))!;
    const doubled = tf.mul(parameter.value, 2);
    parameter.assign(doubled);
    doubled.dispose();
    const assigned = await translator.translate(sources, options);
    expect(assigned).not.toEqual(trained);
    expect(assigned).toEqual(await asNew());

    const third = modelOf(3);
    loadStateDict(model, await stateDict(third));
    expect(await translator.translate(sources, options)).toEqual(
      await new Translator(third, vocabulary).translate(sources, options),
    );
  });

  it('gives a sentence the same tokens and scores in any company, to the bit', async () => {
    const translator = new Translator(modelOf(2), vocabulary);
    // 1 to 21 words: sources of many lengths, padded to the longest.
    const words = sources.join(' ').split(' ');
    const some = Array.from({ length: 11 }, (_, i) =>
      Array.from({ length: 2 * i + 1 }, (_, j) => words[(i * 3 + j * 5) % words.length]!).join(' '),
    );
    for (const computeType of ['float32', 'int8'] as const) {
      const together = await translator.translate(some, { ...options, computeType });
      for (const [i, source] of some.entries()) {
        expect(await translator.translate([source], { ...options, computeType })).toEqual([together[i]]);
      }
    }
  });

  it('in int8 scores what is said about as in float32', async () => {
    const translator = new Translator(modelOf(2), vocabulary);
    const [exact, rounded] = [
      await translator.translate(sources, options),
      await translator.translate(sources, { ...options, computeType: 'int8' }),
    ];
    for (const [i, { score }] of rounded.entries()) {
      expect(score).not.toBe(exact[i]!.score);
      expect(Math.abs(score - exact[i]!.score)).toBeLessThan(0.05);
    }
  });
});

describe('int8 on another backend', () => {
  it('is refused with what to do', async () => {
    await tf.setBackend('cpu');
    const translator = new Translator(modelOf(1), vocabulary);
    await expect(translator.translate(sources, { computeType: 'int8' })).rejects.toThrow(
      "translate() computeType: received 'int8', allowed 'float32' on the backend 'cpu'. The backend 'onnxruntime' computes in int8.",
    );
  });
});
