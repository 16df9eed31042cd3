import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomStream } from '@steadyformer/core';
import { afterAll, describe, expect, it } from 'vitest';
import { trainBpe } from '../../subwords/trainBpe';
import type { TokenBatch } from '../batch';
import { Batches } from '../batches';
import { packTokens, tokensAt } from '../encodeCorpus';
import type { BatchPosition } from '../epochs';
import { openShards, type Shards } from './openShards';
import { ShardedBatches } from './shardedBatches';
import { checkShardVocabulary } from './vocabularySum';
import { type EncodedPair, writeShards } from './writeShards';

const root = mkdtempSync(join(tmpdir(), 'steadyformer-shards-'));
afterAll(() => rmSync(root, { recursive: true }));
let folders = 0;
const newFolder = (): string => join(root, String(folders++));

const draw = (count: number, seed: number): number[][] =>
  Array.from(randomStream(seed).uniform(count), (u, i) =>
    Array.from({ length: Math.floor(u * 20) }, (_, j) => 4 + ((i * 7 + j) % 500)),
  );
const pairsOf = (count: number): EncodedPair[] => {
  const targets = draw(count, 2);
  return draw(count, 1).map((source, i) => ({ source, target: targets[i]! }));
};
const corpusOf = (pairs: readonly EncodedPair[]) => ({
  source: packTokens(pairs.map(({ source }) => source)),
  target: packTokens(pairs.map(({ target }) => target)),
});
const written = async (pairs: readonly EncodedPair[], pairsPerShard: number) => {
  const folder = newFolder();
  expect(await writeShards(folder, pairs, { pairsPerShard })).toBe(pairs.length);
  return { folder, shards: await openShards(folder, { verify: true }) };
};
const rowsOf = (batches: Iterable<TokenBatch>): string[] => {
  const rows: string[] = [];
  for (const { indices, source, sourceShape, targetOutput, targetShape } of batches) {
    for (const [row, index] of indices.entries()) {
      const part = (list: Int32Array, width: number) =>
        [...list.subarray(row * width, (row + 1) * width)].filter((id) => id !== 1).join();
      rows.push(`${index}: ${part(source, sourceShape[1])} / ${part(targetOutput, targetShape[1])}`);
    }
  }
  return rows.sort();
};
const counted = (shards: Shards) => {
  const reads: number[] = [];
  const read = (shard: number) => {
    reads.push(shard);
    return shards.read(shard);
  };
  return { reads, shards: { ...shards, read } };
};

describe('shards', () => {
  it('say which vocabulary they are of, and hold no id beyond it', async () => {
    const [one, other] = [trainBpe(['a b ab'], { merges: 1 }), trainBpe(['a b ba'], { merges: 1 })];
    const pairs = [{ source: one.encode('ab a'), target: one.encode('b') }];
    const sums: (string | undefined)[] = [];
    const both = { source: one, target: other };
    for (const vocabulary of [one, { source: one, target: one }, both, undefined]) {
      const folder = newFolder();
      await writeShards(folder, pairs, vocabulary ? { vocabulary } : {});
      const shards = await openShards(folder);
      sums.push(shards.vocabulary);
      if (!vocabulary) continue;
      checkShardVocabulary(shards, vocabulary, folder);
      expect(() => checkShardVocabulary(shards, other, folder)).toThrow(
        `the shards in '${folder}' were encoded with another vocabulary. Name the vocabulary`,
      );
    }
    expect(sums[0]).toMatch(/^[0-9a-f]{64}$/u);
    expect(sums[1]).toBe(sums[0]);
    expect(sums[2]).not.toBe(sums[0]);
    expect(sums[3]).toBeUndefined();
    const beyond = newFolder();
    await expect(
      writeShards(beyond, [...pairs, { source: [4], target: [one.size] }], { vocabulary: one }),
    ).rejects.toThrow(
      `writeShards() pairs[1].target[0]: received ${one.size}, allowed whole numbers 0 to ${one.size - 1}`,
    );
    await expect(writeShards(beyond, pairs, { vocabulary: {} as never })).rejects.toThrow(
      'writeShards() vocabulary',
    );
  });

  it.each([
    [1, 1],
    [7, 3],
    [9, 3],
    [50, 64],
    [200, 33],
  ])('%d pairs, %d a shard, are read as they were written', async (count, size) => {
    const pairs = pairsOf(count);
    const { shards } = await written(pairs, size);
    expect([shards.pairs, shards.shards]).toEqual([count, Math.ceil(count / size)]);
    const read = Array.from({ length: shards.shards }, (_, s) => shards.read(s)).flatMap(
      ({ source, target }) =>
        Array.from({ length: source.offsets.length - 1 }, (_, i) => ({
          source: [...tokensAt(source, i)],
          target: [...tokensAt(target, i)],
        })),
    );
    expect(read).toEqual(pairs);
  });

  it('hold ids above 65535, in four bytes, where a shard has one', async () => {
    const pairs = [65535, 65536, 2 ** 31 - 1].map((id) => ({ source: [id], target: [4, 5] }));
    const { shards } = await written(pairs, 1);
    expect(shards.entries.map(({ bytes }) => bytes)).toEqual([46, 52, 52]);
    expect([0, 1, 2].map((s) => shards.read(s).source.ids[0])).toEqual([65535, 65536, 2 ** 31 - 1]);
  });

  it('are no corpus where writing was interrupted, and the folder can be written to again', async () => {
    const folder = newFolder();
    async function* failing() {
      yield* pairsOf(5);
      // As if the process had been killed here: a whole shard is there, and the list is not.
      expect(readdirSync(folder)).toEqual(['shard-000000.bin', 'shard-000001.bin']);
      await expect(openShards(folder)).rejects.toThrow('shards.json cannot be read (ENOENT)');
      throw new Error('the disk is gone');
    }
    await expect(writeShards(folder, failing(), { pairsPerShard: 2 })).rejects.toThrow('the disk is gone');
    expect(readdirSync(folder)).toEqual([]);
    writeFileSync(join(folder, 'shard-000007.bin'), 'left');
    await writeShards(folder, pairsOf(3));
    expect(readdirSync(folder)).toEqual(['shard-000000.bin', 'shards.json']);
    await expect(writeShards(folder, pairsOf(3))).rejects.toThrow(
      'it holds shards already. Name a new folder.',
    );
  });

  it('that cannot be written end in one line that says what to do', async () => {
    const folder = newFolder();
    function* losing() {
      yield* pairsOf(2);
      rmSync(folder, { recursive: true });
      yield* pairsOf(2);
    }
    await expect(writeShards(folder, losing(), { pairsPerShard: 2 })).rejects.toThrow(
      /^the shard '.*shard-000001\.bin' cannot be written \(ENOENT\); .* Make room, or name another folder\.$/u,
    );
  });

  it('that are damaged, cut off or missing are named', async () => {
    const { folder, shards } = await written(pairsOf(9), 3);
    const path = join(folder, 'shard-000001.bin');
    const bytes = readFileSync(path);
    bytes[bytes.length - 2]! ^= 1;
    writeFileSync(path, bytes);
    const damaged = /shard-000001\.bin' is damaged \(its checksum differs\)/u;
    expect(() => shards.read(1)).toThrow(damaged);
    expect(shards.read(2).source.offsets.length).toBe(4);
    await expect(openShards(folder, { verify: true })).rejects.toThrow(damaged);
    truncateSync(path, bytes.length - 2);
    await expect(openShards(folder)).rejects.toThrow(
      /shard-000001\.bin' is damaged: it has \d+ bytes, not \d+/u,
    );
    rmSync(path);
    await expect(openShards(folder)).rejects.toThrow(/shard-000001\.bin' cannot be read \(ENOENT\)/u);
  });

  it('of another version, or fewer than counted, are refused', async () => {
    const { folder } = await written(pairsOf(9), 3);
    const path = join(folder, 'shards.json');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('"version": 1', '"version": 2'));
    await expect(openShards(folder)).rejects.toThrow("version 2, allowed 'steadyformer-shards' version 1");
    const { shards, ...rest } = JSON.parse(text);
    writeFileSync(path, JSON.stringify({ ...rest, shards: shards.slice(0, 2) }));
    await expect(openShards(folder)).rejects.toThrow('is damaged: its shards are not those it counts');
  });

  it.each([
    [[{ source: [4], target: [-1] }], 'writeShards() pairs[0].target[0]: received -1'],
    [[{ source: [4] }], 'writeShards() pairs[0].target: received undefined'],
    [[], 'writeShards: no pairs'],
    [3, 'writeShards() pairs: received 3'],
  ])('%j is refused', async (pairs, message) => {
    await expect(writeShards(newFolder(), pairs as never)).rejects.toThrow(message);
  });
});

describe('ShardedBatches', () => {
  const pairs = pairsOf(200);
  const options = { maxTokens: 64, maxLength: 15, bucketWidth: 4 };

  it.each([
    [200, 1],
    [200, 33],
    [30, 1],
    [30, 3],
    [1, 50],
  ])(
    'of %d pairs a shard, %d shards a block, hold the sentences of Batches once an epoch',
    async (size, shardsPerBlock) => {
      const { shards } = await written(pairs, size);
      const sharded = new ShardedBatches(shards, { ...options, shardsPerBlock });
      const plain = new Batches(corpusOf(pairs), options);
      expect([sharded.sentences, sharded.dropped]).toEqual([plain.sentences, plain.dropped]);
      for (const epoch of [0, 3]) {
        const all = [...sharded.epoch(epoch)];
        expect(all.length).toBe(sharded.count);
        expect(rowsOf(all)).toEqual(rowsOf(plain.epoch(epoch)));
        if (size >= 200) expect(all).toEqual([...plain.epoch(epoch)]);
      }
    },
  );

  it('keep one block in memory, read once an epoch, in an order of its own each epoch', async () => {
    const { reads, shards } = counted((await written(pairs, 20)).shards);
    const sharded = new ShardedBatches(shards, { ...options, shardsPerBlock: 2 });
    expect(reads).toEqual([]);
    const orders = [0, 1, 2].map((epoch) => {
      reads.length = 0;
      for (const _ of sharded.epoch(epoch));
      return reads.join();
    });
    const sorted = (order: string) =>
      order
        .split(',')
        .map(Number)
        .sort((a, b) => a - b);
    for (const order of orders) expect([...new Set(sorted(order))].length).toBe(sorted(order).length);
    expect(sorted(orders[0]!)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(new Set(orders).size).toBe(3);
  });

  it('go on from any position as they would have gone on', async () => {
    const { folder, shards } = await written(pairs, 20);
    const sharded = new ShardedBatches(shards, { ...options, shardsPerBlock: 3 });
    let at: BatchPosition = { epoch: 0, index: 0 };
    for (let i = 0; i < 2 * sharded.count; i++, at = sharded.after(at)) {
      const batch = sharded.batchAt(at.epoch, at.index);
      if (i % 11 !== 0) continue;
      const again = new ShardedBatches(await openShards(folder), { ...options, shardsPerBlock: 3 });
      expect(again.batchAt(at.epoch, at.index)).toEqual(batch);
    }
    expect(at).toEqual({ epoch: 2, index: 0 });
  });

  it('tell other data and options by their settings, and leave out a block of which nothing is kept', async () => {
    const [a, b] = [(await written(pairs, 20)).shards, (await written(pairsOf(199), 20)).shards];
    const settings = new ShardedBatches(a, options).settings;
    expect(new ShardedBatches(a, options).settings).toEqual(settings);
    expect(new ShardedBatches(b, options).settings.corpus).not.toBe(settings.corpus);
    expect(settings).toMatchObject({ shardsPerBlock: 8, maxTokens: 64, seed: 1, shuffle: true });
    const sparse = [
      { source: [], target: [4] },
      { source: [5], target: [6] },
    ];
    const kept = new ShardedBatches((await written(sparse, 1)).shards, { shardsPerBlock: 1 });
    expect([kept.count, kept.dropped, [...kept.batchAt(5, 0).indices]]).toEqual([1, 1, [1]]);
    const { shards: none } = await written(sparse.slice(0, 1), 1);
    expect(() => new ShardedBatches(none)).toThrow(
      'of 1 sentence pairs none has 1 to 256 tokens a side. Raise maxTokens, and maxLength with it',
    );
    expect(() => new ShardedBatches(a, { shardsPerBlock: 0 })).toThrow('shardsPerBlock: received 0');
    expect(() => new ShardedBatches(a, { maxTokns: 3 } as never)).toThrow('maxTokens');
    expect(() => kept.batchAt(0, 1)).toThrow('batch index: received 1, allowed 0 to 0');
  });
});
