import {
  adam,
  completeP,
  lipschitz,
  type ParameterGroup,
  type ResidualMethod,
  radam,
  randomStream,
  select,
  selectBackend,
  sgd,
  stateDict,
  type Transformer,
  type UpdateRule,
} from '@steadyformer/core';
import { Replicas } from '@steadyformer/core/node';
import { makeBatch, type TokenBatch, Trainer, translationLoss } from '@steadyformer/translate';
import { translationReplicas } from '@steadyformer/translate/node';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  between,
  bundled,
  common,
  corpus,
  largestDifference,
  modelOf,
  trainsInShards,
  weights,
} from './team';

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

const shared = async (
  model: Transformer,
  rule = sgd(),
  count = 2,
  groups: readonly ParameterGroup[] = [],
): Promise<Trainer<Transformer, TokenBatch>> => {
  const learner = await translationReplicas({ model, rule, groups, count, entry });
  opened.push(learner);
  return new Trainer({ ...common, learner });
};

describe.skipIf(skipped)('replicas in threads', () => {
  it.each([2, 3])('train as one thread does, with %i of them', async (count) => {
    const [one, many] = [modelOf(), modelOf()];
    const alone = new Trainer({ ...common, model: one, rule: sgd(), loss: translationLoss(0.1) });
    const together = await shared(many, sgd(), count);
    for (let i = 0; i < 6; i++) {
      const [a, b] = [await alone.step(), await together.step()];
      expect(b.tokens).toBe(a.tokens);
      expect(Math.abs(b.loss / a.loss - 1)).toBeLessThan(1e-5);
      expect(Math.abs(b.nll / a.nll - 1)).toBeLessThan(1e-5);
      expect(Math.abs(b.gradientNorm / a.gradientNorm - 1)).toBeLessThan(1e-4);
    }
    const [found, expected] = [await weights(many), await weights(one)];
    expect(largestDifference(found, expected)).toBeLessThan(1e-5);
    expect(largestDifference(found, await weights(modelOf()))).toBeGreaterThan(1e-3);
    alone.dispose();
  });

  it('update the shard of their machine alone, and gather the rest', () => trainsInShards(entry, 3));

  it('join other machines: the gradient and sums of all are stepped with', async () => {
    const [one, many] = [modelOf(), modelOf()];
    const alone = new Trainer({ ...common, model: one, rule: sgd(), loss: translationLoss(0.1) });
    const learner = await translationReplicas({ model: many, rule: sgd(), count: 2, entry, between });
    opened.push(learner);
    const together = new Trainer<Transformer, TokenBatch>({ ...common, learner });
    for (let i = 0; i < 3; i++) {
      const [a, b] = [await alone.step(), await together.step()];
      expect(b.tokens).toBe(2 * a.tokens);
      expect(Math.abs(b.loss / a.loss - 1)).toBeLessThan(1e-5);
      expect(Math.abs(b.gradientNorm / a.gradientNorm - 1)).toBeLessThan(1e-4);
    }
    expect(largestDifference(await weights(many), await weights(one))).toBeLessThan(1e-5);
    alone.dispose();
  });

  it.each<{ method: ResidualMethod; rule: UpdateRule }>([
    { method: lipschitz({ constraint: 'normalize' }), rule: sgd() },
    { method: completeP({ baseWidth: 8 }), rule: adam({ epsilon: 1 }) },
  ])('train as the method $method.name says, as one thread does', async ({ method, rule }) => {
    const [one, many, plain] = [modelOf(0, method), modelOf(0, method), modelOf(0, method)];
    const alone = new Trainer({ ...common, model: one, rule, loss: translationLoss(0.1) });
    const together = await shared(many, rule);
    for (let i = 0; i < 3; i++) {
      const [a, b] = [await alone.step(), await together.step()];
      expect(Math.abs(b.loss / a.loss - 1)).toBeLessThan(1e-5);
    }
    const [found, expected] = [await weights(many), await weights(one)];
    expect(largestDifference(found, expected)).toBeLessThan(1e-5);
    expect(largestDifference(found, await weights(plain))).toBeGreaterThan(1e-3);
    alone.dispose();
  });

  it('train groups as one thread does, each in its own way, and keep what is frozen to the bit', async () => {
    const rule = sgd({ weightDecay: 0.5 });
    const attention = 'decoder.layers.*.{selfAttention,crossAttention}';
    const groupsOf = (model: Transformer): ParameterGroup[] => [
      { parameters: select(model, attention, { except: '**.omega' }), rateFactor: 0.25 },
      { parameters: select(model, ['encoder.layers.0.feedForward', '**.omega']), frozen: true },
      { parameters: select(model, 'decoder.layers.*.feedForward.**.bias'), weightDecay: 1 },
    ];
    const [one, many] = [modelOf(), modelOf()];
    // The threads build their models from the config: what is frozen has to reach them, also later.
    const other = (model: Transformer, factor: number): void => {
      for (const { parameter } of select(model, 'encoder.layers.0.feedForward')) {
        const value = tf.mul(parameter.value, factor);
        parameter.assign(value);
        value.dispose();
      }
    };
    for (const model of [one, many]) other(model, 1.5);
    const options = { ...common, model: one, rule, loss: translationLoss(0.1) };
    const alone = new Trainer({ ...options, groups: groupsOf(one) });
    const together = await shared(many, rule, 2, groupsOf(many));
    const train = async (updates: number): Promise<void> => {
      for (let i = 0; i < updates; i++) {
        const [a, b] = [await alone.step(), await together.step()];
        expect(Math.abs(b.loss / a.loss - 1)).toBeLessThan(1e-5);
        expect(Math.abs(b.gradientNorm / a.gradientNorm - 1)).toBeLessThan(1e-4);
      }
    };
    await train(3);
    for (const model of [one, many]) other(model, 0.5);
    const resting = select(many, ['encoder.layers.0.feedForward', '**.omega']);
    const before = resting.map(({ parameter }) => Array.from(parameter.value.dataSync()));
    await train(3);
    expect(resting.map(({ parameter }) => Array.from(parameter.value.dataSync()))).toEqual(before);
    expect(largestDifference(await weights(many), await weights(one))).toBeLessThan(1e-5);
    const ungrouped = modelOf();
    const plain = new Trainer({ ...options, model: ungrouped });
    for (let i = 0; i < 6; i++) await plain.step();
    expect(largestDifference(await weights(many), await weights(ungrouped))).toBeGreaterThan(1e-3);

    const state = await together.state();
    expect(() => plain.restore(state)).toThrow('groups: saved');
    for (const each of [alone, plain]) each.dispose();
  });

  it('give the same bits twice, dropout included, and learn', async () => {
    const run = async (): Promise<{ losses: number[]; end: number[] }> => {
      const model = modelOf(0.1);
      const trainer = await shared(model, radam());
      const losses: number[] = [];
      for (let i = 0; i < 25; i++) losses.push((await trainer.step()).loss);
      return { losses, end: await weights(model) };
    };
    const first = await run();
    expect(await run()).toEqual(first);
    expect(first.losses.at(-1)).toBeLessThan(0.9 * first.losses[0]!);
  });

  it('go on from a restored state, and from weights that were assigned', async () => {
    const whole = modelOf();
    const trainer = await shared(whole, radam());
    const reports = [];
    for (let i = 0; i < 10; i++) reports.push(await trainer.step());

    const half = modelOf();
    const interrupted = await shared(half, radam());
    for (let i = 0; i < 7; i++) await interrupted.step();
    const state = await interrupted.state();
    const values = await stateDict(half);
    const resumedModel = modelOf();
    const resumed = await shared(resumedModel, radam());
    for (const { path, parameter } of resumedModel.parameters()) {
      const value = tf.tensor(values[path]!.data, [...parameter.shape]);
      parameter.assign(value);
      value.dispose();
    }
    resumed.restore(state);
    for (let i = 7; i < 10; i++) expect(await resumed.step()).toEqual(reports[i]);
  });

  it('change nothing that was read or cloned before an update', async () => {
    const model = modelOf();
    const trainer = await shared(model);
    await trainer.step();
    const values = model.parameters().map(({ parameter }) => parameter.value);
    const before = values.map((value) => Array.from(value.dataSync()));
    const [read, clones] = [values.map((value) => value.dataSync()), values.map((value) => tf.clone(value))];
    await trainer.step();
    expect(read.map((numbers) => Array.from(numbers))).toEqual(before);
    expect(clones.map((clone) => Array.from(clone.dataSync()))).toEqual(before);
    expect(values.map((value) => Array.from(value.dataSync()))).not.toEqual(before);
    tf.dispose(clones);
  });

  it('leave the model its values when they end, and no tensor in this thread', async () => {
    const model = modelOf();
    const before = tf.memory().numTensors;
    const learner = await translationReplicas({ model, rule: sgd(), count: 2, entry });
    const trainer = new Trainer({ ...common, learner });
    await trainer.step();
    const trained = await weights(model);
    await learner.dispose();
    expect(tf.memory().numTensors).toBe(before);
    expect(await weights(model)).toEqual(trained);
    await expect(trainer.step()).rejects.toThrow('Replicas: disposed');
  });

  it('hand on what goes wrong in a thread, and leave no thread behind', async () => {
    const model = modelOf();
    const options = { parameters: model.parameters(), rule: sgd(), count: 2 };
    const failing = await bundled('failing');
    await expect(Replicas.start({ ...options, entry: failing })).rejects.toThrow(
      /replica [01] \(failing.mjs\): no such corpus/,
    );
    const missing = new URL('none.mjs', entry);
    await expect(Replicas.start({ ...options, entry: missing })).rejects.toThrow('none.mjs');

    const replicas = await Replicas.start<TokenBatch>({
      ...options,
      entry,
      data: { config: model.config, smoothing: 0.1, checkpointing: false },
    });
    opened.push(replicas);
    const batch = makeBatch(corpus, [0, 1]);
    const before = await replicas.gradient([batch, batch], randomStream(1));
    expect(before.norm).toBeGreaterThan(0);
    // No token of the model, and pads as they are.
    const broken = { ...batch, source: batch.source.map((id) => (id === batch.pad ? id : 99)) };
    await expect(replicas.gradient([batch, broken], randomStream(1))).rejects.toThrow(
      "replica 1 (translation.mjs): token id at 'sourceEmbedding': received 99",
    );
    // It has only refused one request, and the other, which was still at work on its many parts, is in step.
    const many = Array.from({ length: 60 }, (_, i) => (i === 1 ? broken : batch));
    await expect(replicas.gradient(many, randomStream(1))).rejects.toThrow('received 99');
    expect(await replicas.gradient([batch, batch], randomStream(1))).toEqual(before);
  });
});
