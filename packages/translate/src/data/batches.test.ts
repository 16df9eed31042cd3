import { randomStream } from '@steadyformer/core';
import { describe, expect, it } from 'vitest';
import { makeBatch, type TokenBatch } from './batch';
import { Batches, type BatchesOptions } from './batches';
import { packTokens, tokensAt } from './encodeCorpus';

const [PAD, EOS] = [1, 2];

const draw = (count: number, most: number, seed: number): number[][] =>
  Array.from(randomStream(seed).uniform(count), (u, i) =>
    Array.from({ length: 1 + Math.floor(u * most) }, (_, j) => 4 + ((i + j) % 50)),
  );
const corpus = { source: packTokens(draw(300, 20, 1)), target: packTokens(draw(300, 25, 2)) };

const summary = (batch: TokenBatch): number[][] => [
  [...batch.indices],
  [...batch.source],
  [...batch.targetOutput],
];
const epochOf = (batches: Batches, epoch: number): number[][][] => [...batches.epoch(epoch)].map(summary);

describe('makeBatch', () => {
  it('pads at the right, ends with eos and begins the decoder with eos', () => {
    const small = { source: packTokens([[5, 6, 7], [8]]), target: packTokens([[9], [10, 11]]) };
    expect(makeBatch(small, [1, 0])).toEqual({
      source: Int32Array.from([8, EOS, PAD, PAD, 5, 6, 7, EOS]),
      sourceShape: [2, 4],
      targetInput: Int32Array.from([EOS, 10, 11, EOS, 9, PAD]),
      targetOutput: Int32Array.from([10, 11, EOS, 9, EOS, PAD]),
      targetShape: [2, 3],
      sourceTokens: 6,
      targetTokens: 5,
      pad: PAD,
      indices: Int32Array.from([1, 0]),
    });
    expect([...makeBatch(small, [1, 0], { pad: 0, eos: 3 }).targetInput]).toEqual([3, 10, 11, 3, 9, 0]);
  });
});

describe('a corpus whose sides are not one for one', () => {
  const uneven = { source: packTokens(draw(5, 9, 1)), target: packTokens(draw(4, 9, 2)) };

  it('is refused, with both numbers', () => {
    expect(() => new Batches(uneven)).toThrow('Batches: the corpus has 5 source and 4 target sentences');
    expect(() => makeBatch(uneven, [0])).toThrow('makeBatch: the corpus has 5 source and 4 target sentences');
    expect(() => new Batches({ source: uneven.target, target: uneven.source })).toThrow('4 source and 5');
  });
});

describe('makeBatch() indices', () => {
  it.each([[300], [-1], [0.5], [2 ** 32], [Number.NaN]])('refuses %d', (index) => {
    expect(() => makeBatch(corpus, [3, index])).toThrow(
      `makeBatch() indices[1]: received ${index}, allowed whole numbers 0 to 299`,
    );
  });

  it('refuses none, and any of an empty corpus', () => {
    expect(() => makeBatch(corpus, [])).toThrow('makeBatch: no indices. Name at least one sentence pair.');
    const none = { source: packTokens([]), target: packTokens([]) };
    expect(() => makeBatch(none, [0])).toThrow('received 0, allowed none: the corpus is empty');
  });
});

describe('Batches', () => {
  it.each<BatchesOptions>([
    { maxTokens: 128 },
    { maxTokens: 128, bucketWidth: 8 },
    { maxTokens: 4096 },
    { maxTokens: 300, maxSentences: 5 },
    { maxTokens: 27, maxLength: 25 },
    { maxTokens: 200, shuffle: false },
  ])('holds every sentence once an epoch and stays within the budget: %j', (options) => {
    const batches = new Batches(corpus, options);
    expect(batches.dropped).toBe(0);
    for (const epoch of [0, 1]) {
      const seen: number[] = [];
      for (const batch of batches.epoch(epoch)) {
        const [size, S] = batch.sourceShape;
        expect(size * Math.max(S, batch.targetShape[1])).toBeLessThanOrEqual(options.maxTokens ?? 4096);
        expect(size).toBeLessThanOrEqual(options.maxSentences ?? 300);
        expect(batch.targetTokens).toBe(batch.targetOutput.filter((id) => id !== PAD).length);
        expect(batch.sourceTokens).toBe(batch.source.filter((id) => id !== PAD).length);
        seen.push(...batch.indices);
      }
      expect(seen.sort((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, i) => i));
    }
  });

  it('pads little', () => {
    let [padded, real] = [0, 0];
    for (const { targetOutput, targetTokens, source, sourceTokens } of new Batches(corpus, {
      maxTokens: 256,
    }).epoch()) {
      padded += Math.max(targetOutput.length, source.length);
      real += Math.max(targetTokens, sourceTokens);
    }
    expect(real / padded).toBeGreaterThan(0.7);
  });

  it('mixes each epoch anew, the same for the same seed', () => {
    const batches = new Batches(corpus, { maxTokens: 256, seed: 7 });
    expect(epochOf(batches, 1)).toEqual(epochOf(new Batches(corpus, { maxTokens: 256, seed: 7 }), 1));
    expect(epochOf(batches, 1)).not.toEqual(epochOf(batches, 0));
    expect(epochOf(batches, 0)).not.toEqual(epochOf(new Batches(corpus, { maxTokens: 256, seed: 8 }), 0));
    const still = new Batches(corpus, { maxTokens: 256, shuffle: false });
    expect(epochOf(still, 1)).toEqual(epochOf(still, 0));
    const lengths = [...still.epoch()].map((batch) => Math.max(batch.sourceShape[1], batch.targetShape[1]));
    expect(lengths).toEqual([...lengths].sort((a, b) => a - b));
  });

  it('composes batches of other sentences in another epoch', () => {
    const batches = new Batches(corpus, { maxTokens: 128, bucketWidth: 4 });
    const groups = (epoch: number): Set<string> =>
      new Set([...batches.epoch(epoch)].map((batch) => [...batch.indices].sort((a, b) => a - b).join()));
    const before = groups(0);
    const same = [...groups(1)].filter((group) => before.has(group));
    expect(same.length).toBeLessThan(batches.count / 2);
  });

  it('continues from a position as it would have gone on', () => {
    const batches = new Batches(corpus, { maxTokens: 256 });
    const whole: number[][][] = [];
    let position = { epoch: 0, index: 0 };
    for (const { batch, next } of batches.from()) {
      whole.push(summary(batch));
      if (whole.length === batches.count + 3) position = JSON.parse(JSON.stringify(next));
      if (whole.length === batches.count + 8) break;
    }
    expect(position).toEqual({ epoch: 1, index: 3 });
    const resumed: number[][][] = [];
    for (const { batch } of new Batches(corpus, { maxTokens: 256 }).from(position)) {
      resumed.push(summary(batch));
      if (resumed.length === 5) break;
    }
    expect(resumed).toEqual(whole.slice(-5));
  });

  it('leaves out pairs that are too long or without a token', () => {
    const some = {
      source: packTokens([[5], [], [5, 6, 7], [5]]),
      target: packTokens([[9], [9], [9], [9, 9, 9]]),
    };
    const batches = new Batches(some, { maxLength: 2 });
    expect([batches.sentences, batches.dropped]).toEqual([1, 3]);
    expect([...batches.batchAt(0, 0).indices]).toEqual([0]);
    expect([...tokensAt(some.target, 0)]).toEqual([9]);
  });

  it('checks its options', () => {
    expect(() => new Batches(corpus, { maxTokens: 10, maxLength: 10 })).toThrow('less than maxTokens (10)');
    expect(() => new Batches(corpus, { ...{ maxToken: 3 }, seed: 1 })).toThrow("did you mean 'maxTokens'");
    expect(() => new Batches({ source: packTokens([]), target: packTokens([]) })).toThrow(
      'of 0 sentence pairs none',
    );
    const batches = new Batches(corpus);
    expect(() => batches.batchAt(0, batches.count)).toThrow(`allowed 0 to ${batches.count - 1}`);
    expect(() => batches.batchAt(-1, 0)).toThrow('epoch');
  });
});
