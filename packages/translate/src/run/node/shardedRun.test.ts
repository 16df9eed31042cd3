import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selectBackend } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadCheckpoint } from '../../checkpoint/node/checkpointFolder';
import { writeShards } from '../../data/node/writeShards';
import type { RunEvent } from '../events';
import { planRun } from './plan';
import { prepareData } from './prepareData';
import { readVocabulary } from './readVocabulary';
import { readRunRecord } from './runRecord';
import { train } from './train';

const root = mkdtempSync(join(tmpdir(), 'steadyformer-sharded-'));
afterAll(() => rmSync(root, { recursive: true }));
beforeAll(() => selectBackend('cpu'));

const WORDS = ['red', 'blue', 'old', 'house', 'car', 'tree', 'green', 'river', 'door', 'night'];
const sentence = (i: number, ending: string): string =>
  Array.from(
    { length: 2 + (i % 4) },
    (_, j) => `${WORDS[(3 * i + (i >> 2) + 5 * j) % WORDS.length]}${ending}`,
  ).join(' ');
const files = (name: string, count: number, from: number) => {
  const paths = { source: join(root, `${name}.en`), target: join(root, `${name}.de`) };
  const lines = (ending: string) => Array.from({ length: count }, (_, i) => sentence(from + i, ending));
  writeFileSync(paths.source, `${lines('').join('\n')}\n`);
  writeFileSync(paths.target, `${lines('e').join('\n')}\n`);
  return paths;
};
const base = {
  backend: 'cpu',
  replicas: 1,
  data: {
    train: files('train', 60, 0),
    valid: files('valid', 9, 100),
    test: files('test', 5, 200),
    filter: { apply: false },
  },
  vocabulary: { merges: 20 },
  batches: { maxTokens: 60 },
  model: { width: 8, heads: 2, depth: 1, feedForward: 8 },
  training: { updates: 40 },
  validation: { every: 20 },
  checkpoints: { every: 10 },
  watch: { every: 0 },
  log: { every: 1, tensorBoard: false },
};

const prepared = join(root, 'prepared');
let config: Record<string, unknown> & { data: Record<string, unknown>; vocabulary: Record<string, unknown> };
beforeAll(async () => {
  await prepareData({ ...base, output: join(root, 'sharded') }, prepared, { shards: true });
  config = JSON.parse(await readFile(join(prepared, 'config.json'), 'utf8'));
});

const run = async (given: Record<string, unknown>, stopAt?: number) => {
  const events: RunEvent[] = [];
  const abort = new AbortController();
  const result = await train(given, {
    signal: abort.signal,
    onEvent: (event) => {
      events.push(event);
      if (event.event === 'update' && event.update === stopAt) abort.abort();
    },
  });
  const losses = events.flatMap((event) => (event.event === 'update' ? [event.loss] : []));
  return { events, losses, result };
};
const weights = async (folder: string) => (await loadCheckpoint(join(root, folder, 'model'))).parameters;
/** The same pairs in small shards, so that there are several blocks. */
const inSmallShards = async (name: string) => {
  const vocabulary = await readVocabulary(join(prepared, 'vocabulary.json'));
  const { source, target } = 'target' in vocabulary ? vocabulary : { source: vocabulary, target: vocabulary };
  const pairs = Array.from({ length: 60 }, (_, i) => ({
    source: source.encode(sentence(i, '')),
    target: target.encode(sentence(i, 'e')),
  }));
  await writeShards(join(root, name), pairs, { pairsPerShard: 7, vocabulary });
  return { ...config, data: { ...config.data, train: { shards: join(root, name), shardsPerBlock: 2 } } };
};

describe('a run on shards', () => {
  it('is that of the text, to the bit, where all shards are in memory together', async () => {
    expect(config.data.train).toEqual({ shards: join(prepared, 'shards'), shardsPerBlock: 8 });
    const before = tf.memory().numTensors;
    const text = await run({ ...base, output: join(root, 'text') });
    const sharded = await run(config);
    expect(tf.memory().numTensors).toBe(before);
    expect(sharded.losses).toEqual(text.losses);
    expect(sharded.losses).toHaveLength(40);
    const { path: _, ...test } = text.result.test!;
    expect(sharded.result.test).toMatchObject(test);
    expect(await weights('sharded')).toEqual(await weights('text'));
    const { data } = (await readRunRecord(join(root, 'sharded')))!;
    expect(data[0]!.path).toBe(join(prepared, 'shards', 'shards.json'));
    const counts = sharded.events.find(({ event }) => event === 'data');
    expect(counts).toMatchObject({ train: 60, valid: 9, test: 5, dropped: {}, tooLong: 0 });
  });

  it('goes on in the middle of a block with the numbers that it would have had', async () => {
    const small = await inSmallShards('small');
    const whole = await run({ ...small, output: join(root, 'whole') });
    const parts = { ...small, output: join(root, 'parts') };
    const [first, second, third] = [await run(parts, 13), await run(parts, 27), await run(parts)];
    expect(first.result.ending).toBe('stopped');
    expect([...first.losses, ...second.losses, ...third.losses]).toEqual(whole.losses);
    expect(await weights('parts')).toEqual(await weights('whole'));
  });

  it('is planned as one of text', async () => {
    const { data, measured } = await planRun({ ...config, output: join(root, 'plan') });
    const text = await planRun({ ...base, output: join(root, 'plan') });
    expect(data).toEqual(text.data);
    expect(measured!.updates).toHaveLength(2);
  });

  it('refuses the ids of another vocabulary, and ids that do not say of which', async () => {
    const other = join(root, 'other.json');
    const vocabulary = await readFile(join(prepared, 'vocabulary.json'), 'utf8');
    const changed = JSON.parse(vocabulary) as { merges: unknown[] };
    [changed.merges[0], changed.merges[1]] = [changed.merges[1], changed.merges[0]];
    await writeFile(other, JSON.stringify(changed));
    const before = tf.memory().numTensors;
    await expect(run({ ...config, output: join(root, 'x'), vocabulary: { file: other } })).rejects.toThrow(
      /prepared.shards' were encoded with another vocabulary. Name the vocabulary that lies beside them/u,
    );
    await writeShards(join(root, 'mute'), [{ source: [4, 5], target: [5] }]);
    const mute = { ...config.data, train: { shards: join(root, 'mute') } };
    await expect(run({ ...config, output: join(root, 'x'), data: mute })).rejects.toThrow(
      /do not say which vocabulary they were encoded with/u,
    );
    expect(tf.memory().numTensors).toBe(before);
  });

  it('ends with the name of a shard that is damaged, and of a folder that holds none', async () => {
    const small = await inSmallShards('damaged');
    const path = join(root, 'damaged', 'shard-000003.bin');
    const bytes = readFileSync(path);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(path, bytes);
    await expect(run({ ...small, output: join(root, 'y') })).rejects.toThrow(
      /shard-000003\.bin' is damaged/u,
    );
    const nowhere = { ...config.data, train: { shards: join(root, 'nowhere') } };
    await expect(run({ ...config, output: join(root, 'z'), data: nowhere })).rejects.toThrow(
      /no shards in '[^']*nowhere'/u,
    );
  });

  it.each<readonly [string, (c: typeof config) => Record<string, unknown>, RegExp]>([
    [
      'no vocabulary',
      (c) => ({ ...c, vocabulary: {} }),
      /shards are trained on, and vocabulary\.file is missing/u,
    ],
    [
      'dropout',
      (c) => ({ ...c, vocabulary: { ...c.vocabulary, dropout: 0.1 } }),
      /vocabulary\.dropout has no effect on token ids/u,
    ],
    [
      'a filter',
      (c) => ({ ...c, data: { ...c.data, filter: { maxWords: 9 } } }),
      /data\.filter has no effect/u,
    ],
    [
      'a test part held out',
      (c) => ({ ...c, data: { ...c.data, test: null, holdOut: { test: 2 } } }),
      /data\.holdOut\.test has no effect/u,
    ],
    [
      'nothing to validate on',
      (c) => ({ ...c, data: { ...c.data, valid: null, holdOut: { valid: 3 } } }),
      /nothing can be held out of them/u,
    ],
    ['another key', (c) => ({ ...c, data: { ...c.data, train: { shards: 'a', block: 2 } } }), /block/u],
    ['shards in a list', (c) => ({ ...c, data: { ...c.data, train: [{ shards: 'a' }] } }), /shards/u],
    ['shards to validate on', (c) => ({ ...c, data: { ...c.data, valid: { shards: 'a' } } }), /shards/u],
    [
      'another kind',
      ({ output, vocabulary, data: { train, valid } }) => ({
        output,
        vocabulary,
        kind: 'languageModel',
        data: { train, valid },
      }),
      /kind 'languageModel'/u,
    ],
  ])('refuses %s', async (_, changed, message) => {
    await expect(train({ ...changed(config), output: join(root, 'never') })).rejects.toThrow(message);
    await expect(readFile(join(root, 'never', 'run.json'))).rejects.toThrow();
  });

  it('is not prepared again', async () => {
    await expect(prepareData(config, join(root, 'again'))).rejects.toThrow(
      /shards, which are prepared text/u,
    );
  });
});
