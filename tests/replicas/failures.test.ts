import {
  loadStateDict,
  randomStream,
  selectBackend,
  sgd,
  stateDict,
  type Transformer,
} from '@steadyformer/core';
import { Replicas } from '@steadyformer/core/node';
import { type Learner, makeBatch, type TokenBatch, Trainer } from '@steadyformer/translate';
import { translationReplicas } from '@steadyformer/translate/node';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { bundled, common, corpus, modelOf, weights } from './team';

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

const shared = async (model: Transformer): Promise<Trainer<Transformer, TokenBatch>> => {
  const learner = await translationReplicas({ model, rule: sgd(), count: 2, entry });
  opened.push(learner);
  return new Trainer({ ...common, learner });
};

describe.skipIf(skipped)('replicas one of whose threads ends', () => {
  const died = 'replica 1 (dying.mjs): its thread ended with code 3';
  const batch = makeBatch(corpus, [0, 1]);

  const dying = async (dieAt: string) => {
    const model = modelOf();
    const replicas = await Replicas.start<TokenBatch>({
      entry: await bundled('dying'),
      data: { config: model.config, smoothing: 0.1, checkpointing: false, dieAt, rank: 1 },
      parameters: model.parameters(),
      rule: sgd(),
      count: 2,
    });
    opened.push(replicas);
    return { model, replicas };
  };

  it('at the start: an error, the parameters in memory of their own', async () => {
    const model = modelOf();
    const tensors = tf.memory().numTensors;
    const options = { entry: await bundled('dying'), parameters: model.parameters(), rule: sgd(), count: 2 };
    const data = { config: model.config, smoothing: 0.1, checkpointing: false, dieAt: 'start', rank: 1 };
    await expect(Replicas.start({ ...options, data })).rejects.toThrow(died);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it.each(['gradient', 'reduce', 'between'])('at %s: the weights stay whole', async (dieAt) => {
    const { model, replicas } = await dying(dieAt);
    const before = await weights(model);
    if (dieAt === 'between') {
      await replicas.gradient([batch, batch], randomStream(1));
      await new Promise((resolve) => setTimeout(resolve, 500));
    } else {
      await expect(replicas.gradient([batch, batch], randomStream(1))).rejects.toThrow(
        `${died}. The weights are whole, as update 0 left them; dispose these replicas and start new ones.`,
      );
    }
    await expect(replicas.step(0.1)).rejects.toThrow(`${died}. The weights are whole`);
    await expect(replicas.gradient([batch], randomStream(1))).rejects.toThrow('The weights are whole');
    expect(replicas.updates).toBe(0);
    expect((await replicas.state()).updates).toBe(0);
    expect(await weights(model)).toEqual(before);
    await replicas.dispose();
    expect(await weights(model)).toEqual(before);
    if (dieAt !== 'between') return;
    const again = await shared(model);
    expect((await again.step()).update).toBe(1);
  });

  it('at step: the half done update is not counted, and nobody takes its weights for good', async () => {
    const { model, replicas } = await dying('step');
    const saved = await stateDict(model);
    const flat = (): number[] =>
      model.parameters().flatMap(({ parameter }) => Array.from(parameter.variable.dataSync()));
    const before = flat();
    await replicas.gradient([batch, batch], randomStream(1));
    const torn =
      `update 1 was left half done: ${died}. The weights and moments are those of no update: load the last ` +
      'checkpoint into the model (loadStateDict), dispose these replicas and start new ones.';
    await expect(replicas.step(0.1)).rejects.toThrow(torn);
    // Which is true: one thread has updated its half.
    const changed = flat().map((x, i) => x !== before[i]);
    expect(changed.slice(0, 100)).toContain(true);
    expect(changed.slice(-100)).not.toContain(true);
    expect(replicas.updates).toBe(0);
    await expect(replicas.state()).rejects.toThrow(torn);
    await expect(replicas.step(0.1)).rejects.toThrow(torn);
    await expect(replicas.gradient([batch], randomStream(1))).rejects.toThrow(torn);
    expect(() => replicas.restore({ updates: 0, m: new Float32Array(), v: new Float32Array() })).toThrow(
      torn,
    );
    const learner: Learner<TokenBatch> = {
      updates: 0,
      gradient: async () => ({ loss: 1, nll: 1, tokens: 1, gradientNorm: 1 }),
      step: (rate, scale) => replicas.step(rate, scale),
      discard: () => {},
      state: () => replicas.state(),
      restore: () => {},
      dispose: async () => {},
    };
    const trainer = new Trainer({ ...common, learner });
    await expect(trainer.step()).rejects.toThrow(torn);
    await expect(trainer.state()).rejects.toThrow(torn);
    await replicas.dispose();
    await expect(stateDict(model)).rejects.toThrow(torn);
    expect(() => model.parameters()[0]!.parameter.value).toThrow(torn);
    await expect(shared(model)).rejects.toThrow(torn);
    loadStateDict(model, saved);
    expect(await weights(model)).toEqual(before);
    const again = await shared(model);
    expect((await again.step()).update).toBe(1);
  });
});

describe.skipIf(skipped)('calls of replicas that overlap', () => {
  it('are errors that say so; the first goes on as if alone', async () => {
    const [model, twin] = [modelOf(0.1), modelOf(0.1)];
    const [trainer, expected] = [await shared(model), await shared(twin)];
    const first = trainer.step();
    await expect(trainer.step()).rejects.toThrow('Trainer: step() was called while step() is still running');
    expect(await first).toEqual(await expected.step());
    expect(await trainer.step()).toEqual(await expected.step());
    expect(await weights(model)).toEqual(await weights(twin));
  });

  it('whichever they are', async () => {
    const model = modelOf();
    const replicas = await Replicas.start<TokenBatch>({
      entry,
      data: { config: model.config, smoothing: 0.1, checkpointing: false },
      parameters: model.parameters(),
      rule: sgd(),
      count: 2,
    });
    opened.push(replicas);
    const batch = makeBatch(corpus, [0, 1]);
    await expect(replicas.step(0.1)).rejects.toThrow('there is no gradient to step with');
    const first = replicas.gradient([batch, batch], randomStream(1));
    const running = 'was called while gradient() is still running';
    await expect(replicas.gradient([batch], randomStream(1))).rejects.toThrow(
      `Replicas: gradient() ${running}`,
    );
    await expect(replicas.step(0.1)).rejects.toThrow(`Replicas: step() ${running}`);
    await expect(replicas.state()).rejects.toThrow(`Replicas: state() ${running}`);
    await expect(replicas.dispose()).rejects.toThrow(`Replicas: dispose() ${running}`);
    const alone = await first;
    expect(await replicas.gradient([batch, batch], randomStream(1))).toEqual(alone);
    await replicas.step(0.1);
    expect(replicas.updates).toBe(1);
    await expect(replicas.step(0.1)).rejects.toThrow('there is no gradient to step with');
    // What cannot be sent to one thread does not put the other out of step.
    const unsendable = { ...batch, callback: () => 0 };
    await expect(replicas.gradient([batch, unsendable], randomStream(1))).rejects.toThrow(
      /replica 1 \(translation.mjs\): its part cannot be sent: .*could not be cloned/,
    );
    expect((await replicas.gradient([batch, batch], randomStream(1))).sums.tokens).toBe(alone.sums.tokens);
    expect(replicas.updates).toBe(1);
  });

  it('cannot begin where the data cannot be sent, or the entry is no URL; then nothing is left', async () => {
    const model = modelOf();
    const options = { parameters: model.parameters(), rule: sgd(), count: 2 };
    const [tensors, before] = [tf.memory().numTensors, await weights(model)];
    await expect(Replicas.start({ ...options, entry, data: { loss: () => 0 } })).rejects.toThrow(
      /no replica can be started with this entry and data: .*could not be cloned/,
    );
    await expect(Replicas.start({ ...options, entry: 'x.mjs' as never })).rejects.toThrow(
      "Replicas.start() entry: received 'x.mjs', allowed URLs",
    );
    await expect(Replicas.start({ ...options, entry: new URL('http://none.mjs') })).rejects.toThrow(
      'no replica can be started with this entry and data',
    );
    expect(tf.memory().numTensors).toBe(tensors);
    expect(await weights(model)).toEqual(before);
  });
});
