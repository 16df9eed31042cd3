import {
  admin,
  constant,
  type LanguageModel,
  languageModel,
  loadStateDict,
  radam,
  randomStream,
  selectBackend,
  sgd,
  stateDict,
} from '@steadyformer/core';
import {
  languageModelLoss,
  packTokens,
  TextBatches,
  type TokenBatch,
  Trainer,
} from '@steadyformer/translate';
import { languageModelReplicas } from '@steadyformer/translate/node';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bundled } from './team';

let entry: URL;
const backend = await selectBackend('onnxruntime').catch((error: Error) => error);
const skipped = backend instanceof Error;

beforeAll(async () => {
  entry = await bundled('translation');
});

const opened: { dispose(): Promise<void> }[] = [];
afterEach(async () => {
  for (const each of opened.splice(0)) await each.dispose();
});

const documents = packTokens(
  Array.from({ length: 9 }, (_, i) => Array.from({ length: 5 + i }, (_, j) => 4 + ((i + 3 * j) % 9))),
);
/** 90 tokens in blocks of 8, the last of them padded; 5 blocks a batch, which no number of threads here divides. */
const batches = new TextBatches(documents, { length: 8, batchSize: 5 });
const common = { batches, schedule: constant(0.02), accumulate: 2 };

const modelOf = (dropout = 0): LanguageModel =>
  languageModel(
    {
      vocabulary: 14,
      width: 16,
      heads: 2,
      depth: 2,
      method: admin(),
      dropout: { residual: dropout, attention: dropout },
    },
    5,
  );

const weights = async (model: LanguageModel): Promise<number[]> =>
  Object.values(await stateDict(model)).flatMap(({ data }) => Array.from(data));

const shared = async (
  model: LanguageModel,
  more: {
    readonly rule?: ReturnType<typeof radam>;
    readonly count?: number;
    readonly smoothing?: number;
  } = {},
): Promise<Trainer<LanguageModel, TokenBatch>> => {
  const learner = await languageModelReplicas({ model, rule: sgd(), count: 2, entry, ...more });
  opened.push(learner);
  return new Trainer({ ...common, learner });
};

describe.skipIf(skipped)('replicas of a language model', () => {
  it.each([
    { count: 2, smoothing: 0 },
    { count: 3, smoothing: 0.1 },
  ])('train as one thread does: %o', async ({ count, smoothing }) => {
    expect(batches.batchAt(0, batches.count - 1).targetShape[0]).toBeLessThan(3);
    const [one, many] = [modelOf(), modelOf()];
    const alone = new Trainer({ ...common, model: one, rule: sgd(), loss: languageModelLoss(smoothing) });
    const together = await shared(many, { count, smoothing });
    for (let i = 0; i < 6; i++) {
      const [a, b] = [await alone.step(), await together.step()];
      expect(b.tokens).toBe(a.tokens);
      expect(Math.abs(b.loss / a.loss - 1)).toBeLessThan(1e-5);
      expect(Math.abs(b.nll / a.nll - 1)).toBeLessThan(1e-5);
      expect(Math.abs(b.gradientNorm / a.gradientNorm - 1)).toBeLessThan(1e-4);
    }
    const [found, expected] = [await weights(many), await weights(one)];
    const difference = Math.max(...found.map((x, i) => Math.abs(x - expected[i]!)));
    expect(difference).toBeLessThan(1e-5);
    alone.dispose();
  });

  it('smooth no label unless they are asked to', async () => {
    const report = await (await shared(modelOf())).step();
    expect(report.loss).toBe(report.nll);
    expect((await (await shared(modelOf(), { smoothing: 0.1 })).step()).loss).not.toBe(report.nll);
  });

  it('go on from a restored state to the bit, dropout included, and leave no tensor', async () => {
    const tensors = tf.memory().numTensors;
    const rule = radam();
    const whole = modelOf(0.1);
    const trainer = await shared(whole, { rule });
    const losses: number[] = [];
    for (let i = 0; i < 8; i++) losses.push((await trainer.step()).loss);

    const half = modelOf(0.1);
    const interrupted = await shared(half, { rule });
    for (let i = 0; i < 5; i++) await interrupted.step();
    const [state, values] = [await interrupted.state(), await stateDict(half)];
    const again = modelOf(0.1);
    loadStateDict(again, values);
    const resumed = await shared(again, { rule });
    resumed.restore(state);
    for (let i = 5; i < 8; i++) expect((await resumed.step()).loss).toBe(losses[i]);
    expect(await weights(again)).toEqual(await weights(whole));

    for (const each of opened.splice(0)) await each.dispose();
    for (const model of [whole, half, again]) {
      for (const { parameter } of model.parameters()) parameter.dispose();
    }
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('read the target side alone, and refuse what is no batch or padded otherwise', async () => {
    const learner = await languageModelReplicas({ model: modelOf(), rule: sgd(), count: 2, entry });
    opened.push(learner);
    const batch = batches.batchAt(0, 0);
    const expected = await learner.gradient([batch], randomStream(1));
    const odd: TokenBatch = {
      ...batch,
      source: Int32Array.of(1, 1, 1),
      sourceShape: [3, 1],
      sourceTokens: 7,
    };
    expect(await learner.gradient([odd], randomStream(1))).toEqual(expected);
    await expect(learner.gradient([{ ...batch, targetShape: [2, 2] }], randomStream(1))).rejects.toThrow(
      'ids in batch.',
    );
    await expect(learner.gradient([{ ...batch, pad: 4 }], randomStream(1))).rejects.toThrow(
      'pad of the batch: received 4, allowed 1',
    );
    await expect(learner.gradient([undefined as never], randomStream(1))).rejects.toThrow('batch: received');
    expect(await learner.gradient([batch], randomStream(1))).toEqual(expected);
  });
});
