import { mkdirSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import {
  admin,
  constant,
  loadStateDict,
  radam,
  randomStream,
  selectBackend,
  sgd,
  stateDict,
  type Transformer,
  transformer,
} from '@steadyformer/core';
import { Replicas } from '@steadyformer/core/node';
import {
  Batches,
  type Learner,
  makeBatch,
  packTokens,
  type TokenBatch,
  Trainer,
  translationLoss,
} from '@steadyformer/translate';
import { translationReplicas } from '@steadyformer/translate/node';
import * as tf from '@tensorflow/tfjs';
import { build } from 'esbuild';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';

const here = fileURLToPath(new URL('.', import.meta.url));
/** Inside the workspace, so that packages are found from there. */
const folder = `${here}../node_modules/.cache/replicas`;

/** Bundles an entry of this folder with our sources: threads have no loader for TypeScript. */
const bundled = async (name: string): Promise<URL> => {
  mkdirSync(folder, { recursive: true });
  const outfile = `${folder}/${name}.mjs`;
  await build({
    entryPoints: [`${here}${name}.entry.ts`],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['steadyformer-source'],
    external: ['@tensorflow/*', 'koffi'],
    plugins: [
      {
        name: 'backends',
        setup: ({ onResolve }) => {
          onResolve({ filter: /^#backends$/ }, () => ({ path: `${here}backends.ts` }));
        },
      },
    ],
    logLevel: 'error',
  });
  return pathToFileURL(outfile);
};

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

/** Sentences whose translation is each token plus one. */
const sentences = Array.from({ length: 23 }, (_, i) =>
  Array.from({ length: 2 + (i % 4) }, (_, j) => 4 + ((i * 3 + j * 5) % 8)),
);
const corpus = {
  source: packTokens(sentences),
  target: packTokens(sentences.map((ids) => ids.map((id) => id + 1))),
};

const modelOf = (dropout = 0): Transformer =>
  transformer(
    {
      vocabulary: 14,
      padId: 1,
      width: 16,
      heads: 2,
      feedForward: 32,
      depth: 1,
      method: admin(),
      dropout: { residual: dropout, attention: dropout },
    },
    5,
  );

const common = { batches: new Batches(corpus, { maxTokens: 64 }), schedule: constant(0.02), accumulate: 2 };

const shared = async (
  model: Transformer,
  rule = sgd(),
  count = 2,
): Promise<Trainer<Transformer, TokenBatch>> => {
  const learner = await translationReplicas({ model, rule, count, entry });
  opened.push(learner);
  return new Trainer({ ...common, learner });
};

const weights = async (model: Transformer): Promise<number[]> =>
  Object.values(await stateDict(model)).flatMap(({ data }) => Array.from(data));

const largestDifference = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));

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
      /replica 1 \(translation.mjs\): its part cannot be sent to a thread: .*could not be cloned/,
    );
    expect((await replicas.gradient([batch, batch], randomStream(1))).sums.tokens).toBe(alone.sums.tokens);
    expect(replicas.updates).toBe(1);
  });

  it('cannot begin where the data cannot be sent, or the entry is no URL; then nothing is left', async () => {
    const model = modelOf();
    const options = { parameters: model.parameters(), rule: sgd(), count: 2 };
    const [tensors, before] = [tf.memory().numTensors, await weights(model)];
    await expect(Replicas.start({ ...options, entry, data: { loss: () => 0 } })).rejects.toThrow(
      /no thread can be started with this entry and data: .*could not be cloned/,
    );
    await expect(Replicas.start({ ...options, entry: 'x.mjs' as never })).rejects.toThrow(
      "Replicas.start() entry: received 'x.mjs', allowed URLs",
    );
    await expect(Replicas.start({ ...options, entry: new URL('http://none.mjs') })).rejects.toThrow(
      'no thread can be started with this entry and data',
    );
    expect(tf.memory().numTensors).toBe(tensors);
    expect(await weights(model)).toEqual(before);
  });
});

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
    const broken = { ...batch, source: batch.source.map(() => 99) };
    await expect(replicas.gradient([batch, broken], randomStream(1))).rejects.toThrow(
      "replica 1 (translation.mjs): token id at 'sourceEmbedding': received 99",
    );
    // It has only refused one request, and the other, which was still at work on its many parts, is in step.
    const many = Array.from({ length: 60 }, (_, i) => (i === 1 ? broken : batch));
    await expect(replicas.gradient(many, randomStream(1))).rejects.toThrow('received 99');
    expect(await replicas.gradient([batch, batch], randomStream(1))).toEqual(before);
  });
});
