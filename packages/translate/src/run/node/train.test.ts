import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SteadyformerError, selectBackend } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCheckpoint } from '../../checkpoint/node/checkpointFolder';
import { loadTranslator } from '../../decoding/node/loadTranslator';
import { readJsonLinesLog } from '../../log/node/readJsonLinesLog';
import type { RunEvent } from '../events';
import { readRunRecord } from './runRecord';
import { train } from './train';
import type { TrainOptions } from './trainOptions';

const root = mkdtempSync(join(tmpdir(), 'steadyformer-train-'));
afterAll(() => rmSync(root, { recursive: true }));
beforeAll(async () => {
  await selectBackend('cpu');
});

const WORDS = ['red', 'blue', 'old', 'house', 'car', 'tree', 'green', 'river', 'door', 'night'];
const sentence = (i: number): string[] =>
  Array.from({ length: 2 + (i % 4) }, (_, j) => WORDS[(3 * i + (i >> 2) + 5 * j) % WORDS.length]!);
const source = join(root, 'text.en');
const target = join(root, 'text.de');
const COUNT = 60;
writeFileSync(source, `${Array.from({ length: COUNT }, (_, i) => sentence(i).join(' ')).join('\n')}\n`);
writeFileSync(
  target,
  `${Array.from({ length: COUNT }, (_, i) =>
    sentence(i)
      .map((word) => `${word}e`)
      .join(' '),
  ).join('\n')}\n`,
);

type Changes = Readonly<Record<string, unknown>>;

const tiny = (name: string, changes: Changes = {}): Record<string, unknown> => ({
  output: join(root, name),
  backend: 'cpu',
  replicas: 1,
  data: { train: { source, target }, valid: { source, target }, filter: { apply: false } },
  vocabulary: { merges: 20 },
  batches: { maxTokens: 60 },
  model: { width: 8, heads: 2, depth: 1, feedForward: 8 },
  optimizer: { peak: 0.01, schedule: { name: 'inverseSqrt', warmup: 4 } },
  training: { updates: 12 },
  validation: { every: 5 },
  checkpoints: { every: 4 },
  watch: { every: 0 },
  log: { every: 1, tensorBoard: false },
  ...changes,
});

const run = async (config: Changes, options: TrainOptions = {}) => {
  const events: RunEvent[] = [];
  const result = await train(config, {
    ...options,
    onEvent: (event) => {
      events.push(event);
      options.onEvent?.(event);
    },
  });
  return { result, events };
};

const named = <Name extends RunEvent['event']>(events: readonly RunEvent[], name: Name) =>
  events.filter((event): event is Extract<RunEvent, { event: Name }> => event.event === name);

/** Runs until an update, is stopped, and goes on, in as many parts as are named. */
const inParts = async (config: Changes, stops: readonly number[]) => {
  for (const stop of stops) {
    const abort = new AbortController();
    const { result } = await run(config, {
      signal: abort.signal,
      onEvent: (event) => {
        if (event.event === 'update' && event.update === stop) abort.abort();
      },
    });
    expect(result).toEqual({ ending: 'stopped', folder: config.output, update: stop, ...best(result) });
  }
  return run(config);
};

const best = ({ best: value }: { readonly best?: number }) => (value === undefined ? {} : { best: value });

/** What a run's log says, times apart. */
const logOf = async (folder: string, kinds: readonly string[]): Promise<unknown[]> => {
  const records: unknown[] = [];
  for await (const { time: _, tokensPerSecond: _t, secondsLeft: _s, ...record } of readJsonLinesLog(
    join(folder, 'log.jsonl'),
  ) as AsyncIterable<Record<string, unknown> & { event: string }>) {
    if (kinds.includes(record.event as string)) records.push(record);
  }
  return records;
};

describe('train()', () => {
  it('makes a model of text, and leaves all that repeats it', async () => {
    const config = tiny('whole');
    const before = tf.memory().numTensors;
    const { result, events } = await run(config);
    expect(tf.memory().numTensors).toBe(before);
    const folder = join(root, 'whole');
    expect(result).toMatchObject({ ending: 'done', folder, update: 12, model: join(folder, 'model') });
    expect((await readdir(folder)).sort()).toEqual(
      ['checkpoints', 'log.jsonl', 'model', 'result.json', 'run.json', 'vocabulary.json'].sort(),
    );
    expect(named(events, 'data')).toMatchObject([{ train: COUNT, valid: COUNT, test: 0, tooLong: 0 }]);
    expect(named(events, 'update').map(({ update }) => update)).toEqual(
      Array.from({ length: 12 }, (_, i) => i + 1),
    );
    expect(named(events, 'validation').map(({ update }) => update)).toEqual([5, 10, 12]);
    expect(named(events, 'profile')[0]?.omegas.encoder).toHaveLength(2);
    const losses = named(events, 'update').map(({ loss }) => loss);
    expect(losses.at(-1)).toBeLessThan(losses[0]! - 0.1);
    const record = await readRunRecord(folder);
    expect(record?.data.map(({ path }) => path)).toEqual([source, target, source, target]);
    expect(record?.config).toMatchObject({
      kind: 'translation',
      replicas: 1,
      seed: 1,
      training: { updates: 12 },
    });
    const translator = await loadTranslator(join(folder, 'model'));
    expect(await translator.translate([sentence(1).join(' ')])).toHaveLength(1);
    translator.model.dispose();
    const best = await loadCheckpoint(join(folder, 'checkpoints', 'best'));
    expect((await loadCheckpoint(join(folder, 'model'))).parameters).toEqual(best.parameters);
    expect(JSON.parse(readFileSync(join(folder, 'result.json'), 'utf8'))).toEqual(result);
  });

  const text = {
    kind: 'languageModel',
    data: { train: source, valid: target },
    batches: { maxTokens: 60, length: 10 },
  };

  it.each<readonly [string, Changes]>([
    ['translation', {}],
    [
      'BPE dropout, accumulation, clipping and a moving average',
      {
        vocabulary: { merges: 20, dropout: 0.2 },
        training: { updates: 12, accumulate: 2, clipNorm: 0.5 },
        average: { decay: 0.9 },
      },
    ],
    [
      'two vocabularies and text held out',
      {
        data: { train: { source, target }, filter: { apply: false }, holdOut: { valid: 6, test: 4 } },
        vocabulary: { merges: 20, shared: false },
      },
    ],
    ['a language model', text],
  ])('is stopped, goes on, and ends with the same bits: %s', async (name, changes) => {
    const id = name.replaceAll(/\W+/gu, '-');
    const whole = await run(tiny(id, changes));
    const parts = await inParts(tiny(`${id}-parts`, changes), [1, 5, 6, 11]);
    const same = ({ folder: _, model: _m, ...rest }: { folder: string; model?: string }) =>
      JSON.parse(JSON.stringify(rest).replaceAll(`${id}-parts`, id));
    expect(same(parts.result)).toEqual(same(whole.result));
    const [a, b] = await Promise.all(
      [id, `${id}-parts`].map((folder) =>
        loadCheckpoint(join(root, folder, 'checkpoints', 'update-00000012')),
      ),
    );
    expect(b!.parameters).toEqual(a!.parameters);
    expect(b!.training).toEqual(a!.training);
    const kinds = ['update', 'validation'];
    const log = await logOf(join(root, id), kinds);
    expect(log).toHaveLength(12 + 3);
    expect(await logOf(join(root, `${id}-parts`), kinds)).toEqual(log);
  });

  it('ends early where validation does not improve, and keeps the best', async () => {
    const { result, events } = await run(
      tiny('early', {
        optimizer: { peak: 1e-12, schedule: { name: 'constant', value: 1 } },
        training: { updates: 100 },
        validation: { every: 1 },
        earlyStopping: { patience: 3, minDelta: 0.1 },
      }),
    );
    expect(result).toMatchObject({ ending: 'early', update: 4 });
    expect(named(events, 'warning')[0]?.message).toContain('has not improved in 3 validations');
    expect(existsSync(join(root, 'early', 'model'))).toBe(true);
  });

  it('stops where the loss is not finite, with the last good state kept', async () => {
    const { result, events } = await run(
      tiny('diverged', {
        optimizer: { peak: 1e30, schedule: { name: 'linearWarmup', updates: 5 } },
        training: { updates: 100 },
        checkpoints: { every: 1 },
      }),
    );
    const [event] = named(events, 'diverged');
    expect(result.ending).toBe('diverged');
    expect(event?.reason).toMatch(/^training has diverged at update \d+: the loss is /u);
    expect(event?.path).toMatch(/^(?:encoder|decoder)\.layers\.0\.|Embedding|loss/u);
    expect(event?.advice).toContain('learning rate');
    expect(event?.lastGood).toContain('update-');
    const kept = await loadCheckpoint(event!.lastGood!);
    for (const { data } of Object.values(kept.parameters)) expect(data.every(Number.isFinite)).toBe(true);
  });

  it('refuses another config, other text, or a folder of other things, and changes nothing', async () => {
    const config = tiny('refused', { training: { updates: 4 } });
    await run(config);
    const before = readFileSync(join(root, 'refused', 'run.json'), 'utf8');
    await expect(train({ ...config, optimizer: { peak: 0.02 } })).rejects.toThrow(
      `'${join(root, 'refused')}' holds a run with optimizer.peak 0.01, and the config says 0.02. Name another output`,
    );
    await expect(train({ ...config, seed: 2 })).rejects.toThrow(
      'holds a run with seed 1, and the config says 2',
    );
    await expect(train({ ...config, replicas: 'auto', output: root })).rejects.toThrow(
      /holds other things \(.*\) and no run\.json/u,
    );
    expect(readFileSync(join(root, 'refused', 'run.json'), 'utf8')).toBe(before);
    // Longer it may go on.
    const { result } = await run({ ...config, training: { updates: 6 } });
    expect(result).toMatchObject({ ending: 'done', update: 6 });
  });

  it.each<readonly [string, Changes, string]>([
    ['a missing file', { data: { train: { source: 'no.en', target: 'no.de' } } }, 'no.en'],
    ['an unknown key', { modle: {} }, "train() config: unknown option 'modle', did you mean 'model'"],
    [
      'an unknown method',
      { model: { method: 'admn' } },
      "unknown residual method 'admn', did you mean 'admin'",
    ],
    ['an unknown schedule', { optimizer: { schedule: { name: 'cosine' } } }, "unknown schedule 'cosine'"],
    ['an unknown optimizer', { optimizer: { name: 'adm' } }, "unknown optimizer 'adm', did you mean 'adam'"],
    ['a pattern of nothing', { optimizer: { groups: [{ select: 'encodr' }] } }, 'encodr'],
    [
      'a key of the other kind',
      { batches: { length: 5 } },
      "batches.length has no effect where kind is 'translation'",
    ],
  ])('says what is wrong and leaves no folder: %s', async (name, changes, message) => {
    const config = tiny(`bad-${name}`, changes);
    await expect(train(config)).rejects.toThrow(message);
    await expect(train(config)).rejects.toBeInstanceOf(SteadyformerError);
    expect(existsSync(config.output as string)).toBe(false);
  });

  it('takes the mean of the last checkpoints where that is asked for', async () => {
    const { result } = await run(
      tiny('mean', { average: { last: 2 }, checkpoints: { every: 6, keep: 2 }, validation: { every: 0 } }),
    );
    const folder = (name: string) => loadCheckpoint(join(root, 'mean', name));
    const [mean, a, b] = await Promise.all([
      folder('model'),
      folder('checkpoints/update-00000006'),
      folder('checkpoints/update-00000012'),
    ]);
    expect(result.ending).toBe('done');
    for (const [path, { data }] of Object.entries(mean!.parameters)) {
      const expected = data.map((_, i) =>
        Math.fround((a!.parameters[path]!.data[i]! + b!.parameters[path]!.data[i]!) / 2),
      );
      expect(data).toEqual(expected);
    }
  });
});
