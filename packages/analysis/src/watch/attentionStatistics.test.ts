import { type AttentionEvent, encoder, languageModel, preLN, selectBackend } from '@steadyformer/core';
import { leftovers } from '@steadyformer/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { attentionStatistics } from './attentionStatistics';

beforeAll(async () => {
  await selectBackend('wasm');
});

interface Seen {
  readonly measured: readonly number[];
  readonly scores: number[][][][];
}

/** What the statistics say of the first attention of a model, and its scores. */
const looked = (call: (probe: { attention(event: AttentionEvent): void }) => tf.Tensor): Seen => {
  const seen: Seen[] = [];
  const attention = (event: AttentionEvent): void => {
    expect(leftovers(() => attentionStatistics(event))).toBe(0);
    const statistics = attentionStatistics(event);
    seen.push({ measured: [...statistics.dataSync()], scores: event.scores.arraySync() });
    statistics.dispose();
  };
  call({ attention }).dispose();
  return seen[0]!;
};

/** The definitions in doubles: queries and the keys that each sees, by sentence. */
const plain = (scores: number[][][][], keysOf: readonly (readonly number[])[]): number[] => {
  let [entropy, even, count, largest] = [0, 0, 0, Number.NEGATIVE_INFINITY];
  for (const [b, heads] of scores.entries()) {
    for (const [query, keys] of keysOf[b]!.entries()) {
      for (const head of heads) {
        const row = head[query]!.slice(0, keys);
        const sum = row.reduce((total, score) => total + Math.exp(score), 0);
        const shares = row.map((score) => Math.exp(score) / sum);
        entropy -= shares.reduce((total, p) => total + p * Math.log(p), 0) / heads.length;
        largest = Math.max(largest, ...row);
      }
      even += Math.log(keys);
      count++;
    }
  }
  return [entropy / count, even / count, largest];
};

const expectClose = (measured: readonly number[], expected: readonly number[]): void => {
  for (const [i, number] of measured.entries()) expect(number).toBeCloseTo(expected[i]!, 5);
};

const sizes = { vocabulary: 20, padId: 0, width: 8, heads: 2, depth: 1, method: preLN() };
const ids = [
  [3, 4, 5, 6],
  [7, 8, 0, 0],
];

/** A model whose attention is far from even. */
const sharpened = <M extends ReturnType<typeof encoder> | ReturnType<typeof languageModel>>(model: M): M => {
  for (const { path, parameter } of model.parameters()) {
    if (path.endsWith('queryKeyValue.weight')) parameter.assign(tf.tidy(() => tf.mul(parameter.value, 3)));
  }
  return model;
};

describe('attentionStatistics', () => {
  it('are their definitions, pads seen by nobody and asking nothing', () => {
    const model = sharpened(encoder(sizes));
    const batch = tf.tensor2d(ids, [2, 4], 'int32');
    const { measured, scores } = looked((probe) => model.call(batch, { probe }));
    expectClose(
      measured,
      plain(scores, [
        [4, 4, 4, 4],
        [2, 2],
      ]),
    );
    expect(measured[0]).toBeLessThan(0.95 * measured[1]!);
    batch.dispose();
    model.dispose();
  });

  it('count the keys that a causal query sees', () => {
    const model = sharpened(languageModel(sizes));
    const batch = tf.tensor2d(ids, [2, 4], 'int32');
    const { measured, scores } = looked((probe) => model.call(batch, { probe }));
    expectClose(
      measured,
      plain(scores, [
        [1, 2, 3, 4],
        [1, 2],
      ]),
    );
    batch.dispose();
    model.dispose();
  });
});
