import { languageModel, postLN, selectBackend, transformer } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeBatch } from '../data/batch';
import { packTokens } from '../data/encodeCorpus';
import { splitBatch } from '../data/splitBatch';
import { evaluateLoss } from './evaluate';
import type { BatchLoss } from './loss';
import { languageModelLoss, translationLoss } from './translationLoss';

beforeAll(async () => {
  await selectBackend('cpu');
});

const corpus = { source: packTokens([[4, 5], [6]]), target: packTokens([[5], [7, 8]]) };
const model = (padId = 1) =>
  transformer({ vocabulary: 10, padId, width: 8, heads: 2, depth: 1, method: postLN() });

describe('evaluateLoss', () => {
  const measured = (loss: number, nll: number, tokens: number) => (): BatchLoss => ({
    loss: tf.scalar(loss),
    nll: tf.scalar(nll),
    tokens,
  });

  it.each([
    ['no batches', [], 1, 1, 3, '0 batches with 0 target tokens'],
    ['batches of nothing', [0, 1], 0, 0, 0, '2 batches with 0 target tokens'],
    ['a NaN', [0], Number.NaN, 1, 3, 'batch 0 has the loss NaN and the log-likelihood -1.'],
    ['a likelihood that is NaN', [0], 1, Number.NaN, 3, 'the log-likelihood NaN.'],
    ['a loss without end', [0], Number.POSITIVE_INFINITY, 1, 3, 'has the loss Infinity'],
  ])('%s is an error, not a loss', async (_, batches, loss, nll, tokens, message) => {
    const own = model();
    const tensors = tf.memory().numTensors;
    await expect(evaluateLoss(own, batches, measured(loss, nll, tokens))).rejects.toThrow(message);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('is the mean over tokens, and tells how far it is', async () => {
    const own = model();
    const tensors = tf.memory().numTensors;
    const seen: unknown[] = [];
    const batches = [makeBatch(corpus, [0]), makeBatch(corpus, [1])];
    const { loss, tokens } = await evaluateLoss(own, batches, measured(6, 3, 2), {
      onProgress: (soFar) => seen.push(soFar),
    });
    expect([loss, tokens]).toEqual([3, 4]);
    expect(seen).toEqual([
      { batches: 1, tokens: 2 },
      { batches: 2, tokens: 4 },
    ]);
    const enough = () => {
      throw new Error('enough');
    };
    await expect(evaluateLoss(own, batches, measured(6, 3, 2), { onProgress: enough })).rejects.toThrow(
      'enough',
    );
    expect(tf.memory().numTensors).toBe(tensors);
  });
});

describe('one pad', () => {
  const batch = makeBatch(corpus, [0, 1]);
  const zeros = { pad: 0, eos: 2 };

  it("is the model's own where none is given", async () => {
    const own = model(0);
    const padded = makeBatch(corpus, [0, 1], zeros);
    const alone = [makeBatch(corpus, [0], zeros), makeBatch(corpus, [1], zeros)];
    expect([padded.pad, padded.targetOutput.includes(0)]).toEqual([0, true]);
    const one = await evaluateLoss(own, [padded], translationLoss(0.1));
    expect(one).toEqual(await evaluateLoss(own, [padded], translationLoss(0.1, 0)));
    const two = await evaluateLoss(own, alone, translationLoss(0.1));
    expect([one.tokens, two.tokens]).toEqual([5, 5]);
    expect(one.loss).toBeCloseTo(two.loss, 5);
    const sizes = { vocabulary: 10, padId: 0, width: 8, heads: 2, depth: 1, method: postLN() };
    const speaker = languageModel(sizes);
    const whole = await evaluateLoss(speaker, [padded], languageModelLoss());
    expect(whole.loss).toBeCloseTo((await evaluateLoss(speaker, alone, languageModelLoss())).loss, 5);
  });

  it('of model and loss', async () => {
    const [own, tensors] = [model(0), tf.memory().numTensors];
    const parameters = tf.memory().numTensors - tensors;
    await expect(evaluateLoss(own, [batch], translationLoss(0.1, 1))).rejects.toThrow(
      "the model's padId: received 0, allowed the loss's 1. Build the model with padId: vocabulary.pad.",
    );
    expect(tf.memory().numTensors - tensors).toBe(parameters);
  });

  it('of batch and loss, whole or split', async () => {
    const message = 'target tokens of a batch, other than the pad 0: received 6, allowed the 5 that';
    await expect(evaluateLoss(model(0), [batch], translationLoss(0.1, 0))).rejects.toThrow(message);
    await expect(evaluateLoss(model(0), [batch], translationLoss(0.1))).rejects.toThrow(message);
    expect(() => splitBatch(batch, 2, 0)).toThrow(message);
    expect(splitBatch(batch, 2)).toHaveLength(2);
  });

  it('of batch and model also where only the sources are padded', async () => {
    const sides = { source: packTokens([[4, 5], [6]]), target: packTokens([[7], [8]]) };
    await expect(
      evaluateLoss(model(), [makeBatch(sides, [0, 1], zeros)], translationLoss(0)),
    ).rejects.toThrow('source tokens of a batch, other than the pad 1: received 6, allowed the 5');
  });

  it('of batch and model also where the numbers of tokens agree by accident', async () => {
    // One pad (0), and one word that is the other pad (1): as many tokens are not 1 as are not 0.
    const sides = { source: packTokens([[4], [5]]), target: packTokens([[1, 4], [6]]) };
    const accident = makeBatch(sides, [0, 1], zeros);
    await expect(evaluateLoss(model(), [accident], translationLoss(0))).rejects.toThrow(
      'pad of the batch: received 0, allowed 1, that of its reader. Build model, batches and loss with one pad',
    );
    const [first, second] = splitBatch(accident, 2);
    expect([first!.targetTokens, second!.targetTokens, second!.pad]).toEqual([3, 2, 0]);
  });
});
