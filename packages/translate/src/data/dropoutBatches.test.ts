import { randomStream } from '@steadyformer/core';
import { describe, expect, it } from 'vitest';
import { trainBpe } from '../subwords/trainBpe';
import type { TokenBatch } from './batch';
import { Batches } from './batches';
import { DropoutBatches, type DropoutBatchesOptions } from './dropoutBatches';
import { DropoutTextBatches } from './dropoutTextBatches';
import { encodeCorpus, encodeText, tokensAt } from './encodeCorpus';
import type { Epochs } from './epochs';
import { TextBatches } from './textBatches';

const WORDS = 'house garden window river mountain children reading yesterday tomorrow slowly'.split(' ');
const sentence = (i: number, side: string): string => {
  const draws = randomStream(i).fork(side).uniform(12);
  return Array.from(draws.subarray(0, 1 + (i % 11)), (u) => WORDS[Math.floor(u * WORDS.length)]!).join(' ');
};
const pairs = Array.from({ length: 120 }, (_, i) => ({ source: sentence(i, 's'), target: sentence(i, 't') }));
const texts = pairs.flatMap(({ source, target }) => [source, target]);
const vocabulary = trainBpe(texts, { merges: 150 });
const options: DropoutBatchesOptions = { dropout: 0.3, maxTokens: 100, bucketWidth: 2, seed: 5 };
const epochOf = (batches: Epochs<TokenBatch>, epoch: number): TokenBatch[] => [...batches.epoch(epoch)];

/** The sentences of a batch by their number in the corpus, as text. */
const read = ({ source, sourceShape, indices }: TokenBatch): [number, string][] =>
  Array.from(indices, (index, row) => [
    index,
    vocabulary.decode(source.subarray(row * sourceShape[1], (row + 1) * sourceShape[1])),
  ]);

describe('DropoutBatches', () => {
  it('holds every sentence once an epoch, in no more than maxTokens', () => {
    const batches = new DropoutBatches(pairs, vocabulary, options);
    expect([batches.sentences, batches.dropped]).toEqual([120, 0]);
    for (const epoch of [0, 1, 2]) {
      const all = epochOf(batches, epoch);
      expect(all.length).toBe(batches.batchesIn(epoch));
      const sentences = all.flatMap(read).sort(([a], [b]) => a - b);
      expect(sentences).toEqual(pairs.map(({ source }, i) => [i, source]));
      for (const { sourceShape, targetShape } of all) {
        expect(sourceShape[0] * Math.max(sourceShape[1], targetShape[1])).toBeLessThanOrEqual(100);
      }
    }
  });

  it('gives the same batches in any order, from any position, in another process', () => {
    const one = new DropoutBatches(pairs, vocabulary, options);
    const straight: TokenBatch[] = [];
    const positions = [];
    for (const { batch, next } of one.from()) {
      straight.push(batch);
      positions.push(next);
      if (next.epoch === 3) break;
    }
    const counts = [0, 1, 2].map((epoch) => one.batchesIn(epoch));
    expect(new Set(counts).size).toBeGreaterThan(1);
    expect(straight.length).toBe(counts[0]! + counts[1]! + counts[2]!);
    const other = new DropoutBatches(pairs, vocabulary, options);
    for (const at of [straight.length - 2, 3, counts[0]! - 1, counts[0]!, counts[0]! + counts[1]! - 1]) {
      const { epoch, index } = positions[at]!;
      if (epoch < 3) expect(other.batchAt(epoch, index)).toEqual(straight[at + 1]);
      expect(other.after(positions[at - 1]!)).toEqual(positions[at]);
    }
  });

  it('cuts words anew in every epoch, as often as the rate says', () => {
    const batches = new DropoutBatches(pairs, vocabulary, options);
    const tokens = (epoch: number): number =>
      epochOf(batches, epoch).reduce((sum, batch) => sum + batch.sourceTokens + batch.targetTokens, 0);
    const plain = encodeCorpus(pairs, vocabulary);
    const least = plain.source.ids.length + plain.target.ids.length + 240;
    const lengths = [0, 1, 2, 3].map(tokens);
    expect(new Set(lengths).size).toBe(4);
    for (const length of lengths) expect(length).toBeGreaterThan(1.2 * least);
    // Sentence i of a side is cut by the stream of (seed, epoch, side, i).
    const random = randomStream(5).fork('subwords').fork(2).fork('target').fork(7);
    const ids = vocabulary.encode(pairs[7]!.target, { dropout: 0.3, random });
    const batch = epochOf(batches, 2).find(({ indices }) => indices.includes(7))!;
    const row = batch.indices.indexOf(7) * batch.targetShape[1];
    expect([...batch.targetOutput.subarray(row, row + ids.length + 1)]).toEqual([...ids, vocabulary.eos]);
  });

  it('encodes an epoch once, however often it is asked how many batches there are', () => {
    let texts = 0;
    const counting = Object.create(vocabulary, {
      encode: {
        value: (...args: Parameters<typeof vocabulary.encode>) => {
          texts++;
          return vocabulary.encode(...args);
        },
      },
    }) as typeof vocabulary;
    const batches = new DropoutBatches(pairs, counting, options);
    for (const { next } of batches.from()) {
      if (next.epoch === 3) break;
      expect(batches.count).toBe(batches.batchesIn(0));
    }
    // Both sides of each pair without dropout, and in each of three epochs.
    expect(texts).toBe(2 * pairs.length * 4);
  });

  it('is Batches where the rate is 0', () => {
    const { dropout: _, ...rest } = options;
    const plain = new Batches(encodeCorpus(pairs, vocabulary), rest);
    const batches = new DropoutBatches(pairs, vocabulary, { ...rest, dropout: 0 });
    for (const epoch of [0, 1]) expect(epochOf(batches, epoch)).toEqual(epochOf(plain, epoch));
    expect(batches.count).toBe(plain.count);
    expect(batches.settings).toEqual(plain.settings);
  });

  it('takes a sentence that dropout makes too long without, and leaves out what is too long anyway', () => {
    const plain = encodeCorpus(pairs, vocabulary);
    const lengthOf = (i: number): number =>
      Math.max(tokensAt(plain.source, i).length, tokensAt(plain.target, i).length);
    const maxLength = 9;
    const kept = [...pairs.keys()].filter((i) => lengthOf(i) <= maxLength);
    expect(kept.length).toBeGreaterThan(20);
    expect(kept.length).toBeLessThan(110);
    const batches = new DropoutBatches(pairs, vocabulary, { ...options, dropout: 0.9, maxLength });
    expect([batches.sentences, batches.dropped]).toEqual([kept.length, 120 - kept.length]);
    for (const epoch of [0, 1]) {
      const all = epochOf(batches, epoch);
      expect(all.flatMap(({ indices }) => [...indices]).sort((a, b) => a - b)).toEqual(kept);
      for (const { sourceShape, targetShape } of all) {
        expect(Math.max(sourceShape[1], targetShape[1])).toBeLessThanOrEqual(maxLength + 1);
      }
    }
  });

  it('is told apart by rate, seed, text and merges, and not changed by what happens to the list', () => {
    const list = [...pairs];
    const batches = new DropoutBatches(list, vocabulary, options);
    const first = batches.batchAt(0, 0);
    list.length = 1;
    expect(batches.batchAt(1, 0).indices.length).toBeGreaterThan(0);
    expect(batches.batchAt(0, 0)).toEqual(first);
    const other = trainBpe(texts, { merges: 149 });
    const different = [
      new DropoutBatches(pairs, vocabulary, { ...options, dropout: 0.2 }),
      new DropoutBatches(pairs, vocabulary, { ...options, seed: 6 }),
      new DropoutBatches(pairs.slice(1), vocabulary, options),
      new DropoutBatches(pairs, { source: vocabulary, target: other }, options),
    ];
    for (const { settings } of different) expect(settings).not.toEqual(batches.settings);
    expect(new DropoutBatches(pairs, vocabulary, options).settings).toEqual(batches.settings);
  });

  it('names what cannot be', () => {
    expect(() => new DropoutBatches(pairs, vocabulary, { dropout: 1 })).toThrow(
      'DropoutBatches dropout: received 1, allowed numbers in [0, 1)',
    );
    expect(() => new DropoutBatches(pairs, vocabulary, {} as never)).toThrow('dropout');
    expect(() => new DropoutBatches(pairs, vocabulary, undefined as never)).toThrow('DropoutBatches');
    expect(() => new DropoutBatches(pairs, vocabulary, { dropout: 0.1, maxToken: 3 } as never)).toThrow(
      "did you mean 'maxTokens'",
    );
    const batches = new DropoutBatches(pairs, vocabulary, options);
    expect(() => batches.batchAt(0, batches.batchesIn(0))).toThrow(
      `batch index: received ${batches.count}, allowed 0 to ${batches.count - 1}`,
    );
    expect(() => batches.batchAt(-1, 0)).toThrow('batchAt() epoch: received -1');
  });
});

describe('DropoutTextBatches', () => {
  const text = { length: 16, batchSize: 4, seed: 3 };

  it('cuts the text anew in every epoch, and gives each batch whenever it is asked for', () => {
    const batches = new DropoutTextBatches(texts, vocabulary, { ...text, dropout: 0.3 });
    const epochs = [0, 1, 2].map((epoch) => epochOf(batches, epoch));
    expect(new Set(epochs.map(({ length }) => length)).size).toBeGreaterThan(1);
    for (const [epoch, all] of epochs.entries()) {
      expect(all.length).toBe(batches.batchesIn(epoch));
      const blocks = all.flatMap(({ indices, targetOutput, targetShape }) =>
        Array.from(indices, (block, row) => ({
          block,
          ids: targetOutput.subarray(row * targetShape[1], (row + 1) * targetShape[1]),
        })),
      );
      blocks.sort((a, b) => a.block - b.block);
      const said = vocabulary.decode(blocks.flatMap(({ ids }) => [...ids]));
      expect(said).toBe(texts.join(' '));
    }
    const other = new DropoutTextBatches(texts, vocabulary, { ...text, dropout: 0.3 });
    expect(other.batchAt(2, 3)).toEqual(epochs[2]![3]);
    expect(other.batchAt(1, 0)).toEqual(epochs[1]![0]);
    expect(other.after({ epoch: 1, index: other.batchesIn(1) - 1 })).toEqual({ epoch: 2, index: 0 });
  });

  it('is TextBatches where the rate is 0', () => {
    const plain = new TextBatches(encodeText(texts, vocabulary), text);
    const batches = new DropoutTextBatches(texts, vocabulary, { ...text, dropout: 0 });
    for (const epoch of [0, 1]) expect(epochOf(batches, epoch)).toEqual(epochOf(plain, epoch));
    expect(batches.settings).toEqual(plain.settings);
    expect(() => new DropoutTextBatches(texts, vocabulary, { ...text, dropout: -1 })).toThrow(
      'DropoutTextBatches dropout: received -1',
    );
  });
});
