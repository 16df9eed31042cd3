import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ParameterGroup,
  radam,
  randomStream,
  select,
  selectBackend,
  sgd,
  stateDict,
  type Transformer,
} from '@steadyformer/core';
import { Replicas, replicasHere } from '@steadyformer/core/node';
import { makeBatch, type TokenBatch, Trainer, translationLoss } from '@steadyformer/translate';
import { train, translationReplicas } from '@steadyformer/translate/node';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { config, records, withText } from '../run/folder';
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
beforeAll(async () => {
  entry = await bundled('translation');
});

const opened: { dispose(): Promise<void> }[] = [];
let others = '';
afterEach(async () => {
  for (const each of opened.splice(0)) await each.dispose();
  vi.unstubAllEnvs();
  // No process is left.
  expect(children()).toBe(others);
});

const shared = async (
  model: Transformer,
  rule = sgd(),
  groups: readonly ParameterGroup[] = [],
): Promise<Trainer<Transformer, TokenBatch>> => {
  const learner = await translationReplicas({ model, rule, groups, count: 2, entry });
  opened.push(learner);
  return new Trainer({ ...common, learner });
};

/** Processes that this one has started and that are there still, where the system says so. */
const children = (): string => {
  const list = `/proc/${process.pid}/task/${process.pid}/children`;
  return existsSync(list) ? readFileSync(list, 'utf8').trim() : '';
};

const backends = process.env.STEADYFORMER_TEST_BACKENDS?.split(',') ?? ['cpu'];
const long = process.env.STEADYFORMER_LONG === '1';

describe.each(backends)('replicas in processes on %s', (backend) => {
  /** All of it: elsewhere what no backend plays a part in is left out. */
  const every = long || backend === 'cpu';
  const onCpu = it.runIf(every);

  beforeAll(async () => {
    await selectBackend(backend);
    others = children();
  });

  it('train as one learner does on the joined batch: 20 losses, groups, what rests and what is assigned', async () => {
    expect(replicasHere()).toEqual({ run: 'processes', most: undefined });
    const groupsOf = (model: Transformer): ParameterGroup[] => [
      {
        parameters: select(model, 'decoder.layers.*.selfAttention', { except: '**.omega' }),
        rateFactor: 0.25,
      },
      { parameters: select(model, ['encoder.layers.0.feedForward', '**.omega']), frozen: true },
    ];
    const [one, many] = [modelOf(), modelOf()];
    // Replicas build their models from the config: other values have to reach them, of what is frozen too, also later.
    const other = (model: Transformer, factor: number): void => {
      for (const { parameter } of select(model, ['encoder.layers.0.feedForward', 'sourceEmbedding'])) {
        const value = tf.mul(parameter.value, factor);
        parameter.assign(value);
        value.dispose();
      }
    };
    for (const model of [one, many]) other(model, 1.5);
    const alone = new Trainer({
      ...{ ...common, model: one, rule: sgd(), loss: translationLoss(0.1) },
      groups: groupsOf(one),
    });
    const together = await shared(many, sgd(), groupsOf(many));
    for (let i = 0; i < 20; i++) {
      if (i === 10) for (const model of [one, many]) other(model, 0.5);
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
  }, 200_000);

  it('update the shard of their machine alone, and gather the rest', () => trainsInShards(entry, 2), 100_000);

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
  }, 100_000);

  it('give the same bits twice, dropout included, also where they go on from a state; and no tensor stays', async () => {
    const before = tf.memory().numTensors;
    const run = async (stop: number): Promise<unknown[]> => {
      let model = modelOf(0.1);
      let trainer = await shared(model, radam());
      const reports: unknown[] = [];
      for (let i = 0; i < 8; i++) {
        if (i === stop) {
          const [state, values] = [await trainer.state(), await stateDict(model)];
          await opened.pop()!.dispose();
          model.dispose();
          model = modelOf(0.1);
          for (const { path, parameter } of model.parameters()) {
            const value = tf.tensor(values[path]!.data, [...parameter.shape]);
            parameter.assign(value);
            value.dispose();
          }
          trainer = await shared(model, radam());
          trainer.restore(state);
        }
        reports.push(await trainer.step());
      }
      reports.push(await weights(model));
      await opened.pop()!.dispose();
      model.dispose();
      return reports;
    };
    const first = await run(8);
    expect(await run(every ? 5 : 8)).toEqual(first);
    expect(tf.memory().numTensors).toBe(before);
  }, 200_000);

  onCpu.each([
    ['start', 'replica 1 (dyingProcess.mjs): its process was ended by SIGKILL'],
    ['reduce', 'The weights are whole, as update 0 left them; dispose these replicas and start new ones.'],
  ])(
    'one of which is killed at %s are an error that names it; the weights stay whole',
    async (kind, message) => {
      vi.stubEnv('DYING_REPLICA', JSON.stringify({ kind, rank: 1, time: 1 }));
      const model = modelOf();
      const before = await weights(model);
      const started = Replicas.start<TokenBatch>({
        entry: await bundled('dyingProcess'),
        data: { config: model.config, smoothing: 0.1, checkpointing: false },
        parameters: model.parameters(),
        rule: sgd(),
        count: 2,
      });
      if (kind === 'start') return expect(started).rejects.toThrow(message);
      const replicas = await started;
      opened.push(replicas);
      const batch = makeBatch(corpus, [0, 1]);
      await expect(replicas.gradient([batch, batch], randomStream(1))).rejects.toThrow(message);
      await expect(replicas.step(0.1)).rejects.toThrow('replica 1 (dyingProcess.mjs)');
      expect(replicas.updates).toBe(0);
      expect(await weights(model)).toEqual(before);
    },
    200_000,
  );

  onCpu(
    'hand on what goes wrong in one, and stay in step',
    async () => {
      const model = modelOf();
      const options = { parameters: model.parameters(), rule: sgd(), count: 2 };
      await expect(Replicas.start({ ...options, entry: await bundled('failing') })).rejects.toThrow(
        /replica [01] \(failing.mjs\): no such corpus/,
      );
      const missing = new URL('none.mjs', entry);
      await expect(Replicas.start({ ...options, entry: missing })).rejects.toThrow(/there is no .*none\.mjs/);
      const data = { config: model.config, smoothing: 0.1, checkpointing: false };
      await expect(Replicas.start({ ...options, entry, data: () => data })).rejects.toThrow(
        /no replica can be started with this entry and data: .*could not be cloned/,
      );
      const replicas = await Replicas.start<TokenBatch>({ ...options, entry, data });
      opened.push(replicas);
      const batch = makeBatch(corpus, [0, 1]);
      const before = await replicas.gradient([batch, batch], randomStream(1));
      expect(before.norm).toBeGreaterThan(0);
      const broken = { ...batch, source: batch.source.map((id) => (id === batch.pad ? id : 99)) };
      await expect(replicas.gradient([batch, broken], randomStream(1))).rejects.toThrow(
        "replica 1 (translation.mjs): token id at 'sourceEmbedding': received 99",
      );
      const unsendable = { ...batch, note: () => 1 } as unknown as TokenBatch;
      await expect(replicas.gradient([batch, unsendable], randomStream(1))).rejects.toThrow(
        'replica 1 (translation.mjs): its part cannot be sent:',
      );
      expect(await replicas.gradient([batch, batch], randomStream(1))).toEqual(before);
      // One part for two replicas.
      const less = await replicas.gradient([batch], randomStream(1));
      expect(less.sums.tokens).toBe(before.sums.tokens! / 2);
    },
    200_000,
  );

  onCpu(
    'end a run in which one dies with its name, and the run goes on from its last checkpoint',
    async () => {
      const folder = withText(mkdtempSync(join(tmpdir(), 'steadyformer-processes-')));
      const run = config({
        ...{ backend, replicas: 2, output: join(folder, 'run') },
        ...{ training: { updates: 8 }, watch: { every: 0 }, validation: { every: 100 } },
        data: {
          train: { source: join(folder, 'a.en'), target: join(folder, 'a.de') },
          holdOut: { valid: 6 },
          filter: { apply: false },
        },
      });
      try {
        vi.stubEnv('DYING_REPLICA', JSON.stringify({ kind: 'gradient', rank: 1, time: 5 }));
        const dying = await bundled('dyingProcess');
        await expect(train(run, { entry: dying })).rejects.toThrow(
          /^replica 1 \(dyingProcess\.mjs\): its process was ended by SIGKILL.*weights are whole, as update 4 left them/,
        );
        expect(readdirSync(join(folder, 'run', 'checkpoints'))).toContain('update-00000003');
        expect(await train(run, { entry })).toMatchObject({ ending: 'done', update: 8 });
        // With the validation at its end.
        expect(await records(folder)).toHaveLength(9);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
    200_000,
  );
});
