import {
  type LanguageModel,
  languageModel,
  loadStateDict,
  preLN,
  radam,
  selectBackend,
  stateDict,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { trainBpe } from '../subwords/trainBpe';
import { evaluateLoss } from '../training/evaluate';
import { Trainer } from '../training/trainer';
import { languageModelLoss } from '../training/translationLoss';
import type { TokenBatch } from './batch';
import { encodeText, packTokens, tokensAt } from './encodeCorpus';
import { splitBatch } from './splitBatch';
import { TextBatches, type TextBatchesOptions } from './textBatches';

const [PAD, EOS] = [1, 2];
// 23 tokens and 5 ends: one document is empty.
const lists = [[4, 5, 6, 7, 8], [9], [], [10, 11, 12, 4, 5, 6, 7, 8, 9, 10], [5, 4, 5, 7, 9, 11, 6]];
const documents = packTokens(lists);
const stream = lists.flatMap((ids) => [...ids, EOS]);

const rowsOf = ({ targetInput, targetOutput, targetShape: [B, T], indices }: TokenBatch) =>
  Array.from({ length: B }, (_, b) => ({
    block: indices[b]!,
    input: [...targetInput.subarray(b * T, (b + 1) * T)],
    output: [...targetOutput.subarray(b * T, (b + 1) * T)],
  }));
const epochOf = (batches: TextBatches, epoch: number) => [...batches.epoch(epoch)].flatMap(rowsOf);

beforeAll(async () => {
  await selectBackend('cpu');
});

describe('TextBatches', () => {
  it('sees the stream one token earlier, and pads the last block', () => {
    const batches = new TextBatches(packTokens([[5, 6, 7], [8]]), {
      length: 4,
      batchSize: 2,
      shuffle: false,
    });
    expect([batches.count, batches.blocks, batches.tokens]).toEqual([1, 2, 6]);
    const source = Int32Array.from([EOS, 5, 6, 7, EOS, 8, PAD, PAD]);
    expect(batches.batchAt(0, 0)).toEqual({
      source,
      sourceShape: [2, 4],
      targetInput: source,
      targetOutput: Int32Array.from([5, 6, 7, EOS, 8, EOS, PAD, PAD]),
      targetShape: [2, 4],
      sourceTokens: 6,
      targetTokens: 6,
      pad: PAD,
      indices: Int32Array.from([0, 1]),
    });
    const other = new TextBatches(packTokens([[5, 6]]), {
      length: 2,
      special: { pad: 0, eos: 3 },
      shuffle: false,
    });
    expect([...other.batchAt(0, 0).targetInput]).toEqual([3, 5, 6, 0]);
  });

  it.each<TextBatchesOptions>([
    { length: 1, batchSize: 3 },
    { length: 4, batchSize: 3 },
    { length: 7, batchSize: 2 },
    { length: 7, batchSize: 2, shuffle: false },
    { length: 28 },
    { length: 1000, batchSize: 1000 },
    {},
  ])('predicts every token once an epoch, after the one before it: %j', (options) => {
    const batches = new TextBatches(documents, options);
    const { length = 256, batchSize = 16 } = options;
    expect(batches.tokens).toBe(28);
    expect(batches.blocks).toBe(Math.ceil(28 / length));
    for (const epoch of [0, 1, 5]) {
      const all = [...batches.epoch(epoch)];
      expect(all).toHaveLength(batches.count);
      expect(all.reduce((sum, { targetTokens }) => sum + targetTokens, 0)).toBe(28);
      for (const { targetShape, targetTokens, targetOutput } of all) {
        expect(targetShape[0]).toBeLessThanOrEqual(batchSize);
        expect(targetShape[1]).toBeLessThanOrEqual(length);
        expect(targetOutput.filter((id) => id !== PAD)).toHaveLength(targetTokens);
      }
      const rows = all.flatMap(rowsOf).sort((a, b) => a.block - b.block);
      const real = (ids: number[]) => ids.filter((id) => id !== PAD);
      expect(rows.flatMap(({ output }) => real(output))).toEqual(stream);
      expect(rows.flatMap(({ input }) => real(input))).toEqual([EOS, ...stream.slice(0, -1)]);
    }
  });

  it('mixes each epoch anew, the same for the same seed', () => {
    const of = (seed: number) => new TextBatches(documents, { length: 3, batchSize: 2, seed });
    const batches = of(7);
    const later = epochOf(batches, 3);
    expect(epochOf(of(7), 3)).toEqual(later);
    expect(epochOf(batches, 0)).not.toEqual(later);
    expect(epochOf(of(8), 3)).not.toEqual(later);
    expect(epochOf(batches, 3)).toEqual(later);
    const still = new TextBatches(documents, { length: 3, batchSize: 2, shuffle: false });
    expect(epochOf(still, 3)).toEqual(epochOf(still, 0));
    const blocks = epochOf(still, 0).map(({ block }) => block);
    expect(blocks).toEqual(blocks.map((_, i) => i));
  });

  it('goes on from a position', () => {
    const batches = new TextBatches(documents, { length: 4, batchSize: 3 });
    const seen = [];
    for (const { batch, next } of batches.from({ epoch: 0, index: 1 })) {
      seen.push([rowsOf(batch), next]);
      if (seen.length === 3) break;
    }
    expect(seen).toEqual([
      [rowsOf(batches.batchAt(0, 1)), { epoch: 0, index: 2 }],
      [rowsOf(batches.batchAt(0, 2)), { epoch: 1, index: 0 }],
      [rowsOf(batches.batchAt(1, 0)), { epoch: 1, index: 1 }],
    ]);
  });

  it('takes a text of one token', () => {
    const batches = new TextBatches(packTokens([[7]]));
    expect(rowsOf(batches.batchAt(9, 0))).toEqual([{ block: 0, input: [EOS, 7], output: [7, EOS] }]);
  });

  it('splits for replicas', () => {
    const batch = new TextBatches(documents, { length: 5 }).batchAt(0, 0);
    const parts = splitBatch(batch, 2);
    expect(parts.flatMap(rowsOf)).toEqual(rowsOf(batch));
    expect(parts[0]!.targetTokens + parts[1]!.targetTokens).toBe(28);
  });

  const wrong = <T>(value: unknown): T => value as T;
  it.each<[string, () => unknown]>([
    ['documents: received undefined, allowed { ids, offsets }', () => new TextBatches(wrong(undefined))],
    ['TextBatches documents: received [', () => new TextBatches(wrong([[4, 5]]))],
    ['0 documents without a token', () => new TextBatches(packTokens([]))],
    ['2 documents without a token', () => new TextBatches(packTokens([[], []]))],
    [
      'token 1 of document 1: received 1, allowed whole numbers >= 0 other than the pad, 1',
      () => new TextBatches(packTokens([[4], [4, PAD]])),
    ],
    ['token 0 of document 0: received -3', () => new TextBatches(packTokens([Int32Array.of(-3)]))],
    [
      'TextBatches length: received 0, allowed whole numbers >= 1',
      () => new TextBatches(documents, { length: 0 }),
    ],
    ['TextBatches batchSize: received 1.5', () => new TextBatches(documents, { batchSize: 1.5 })],
    ["TextBatches shuffle: received 'no'", () => new TextBatches(documents, { shuffle: wrong('no') })],
    ['TextBatches seed: received NaN', () => new TextBatches(documents, { seed: Number.NaN })],
    ['TextBatches special', () => new TextBatches(documents, { special: { pad: 2, eos: 2 } })],
    ['batch index: received 1, allowed 0 to 0', () => new TextBatches(documents).batchAt(0, 1)],
    ['batchAt() epoch', () => new TextBatches(documents).batchAt(-1, 0)],
  ])('refuses: %s', (message, call) => {
    expect(call).toThrow(message);
  });
});

describe('encodeText', () => {
  const vocabulary = trainBpe(['low lower lowest'], { merges: 8 });

  it('encodes text by text', () => {
    const encoded = encodeText(['low lower', '', 'lowest'], vocabulary);
    expect([0, 1, 2].map((i) => vocabulary.decode(tokensAt(encoded, i)))).toEqual([
      'low lower',
      '',
      'lowest',
    ]);
    expect(new TextBatches(encoded, { special: vocabulary }).tokens).toBe(encoded.ids.length + 3);
  });

  it.each<[string, () => unknown]>([
    ["encodeText() texts: received 'low'", () => encodeText('low' as unknown as string[], vocabulary)],
    ['encodeText() texts[1]: received 3', () => encodeText(['low', 3 as unknown as string], vocabulary)],
    ['encodeText() vocabulary', () => encodeText(['low'], {} as unknown as typeof vocabulary)],
    ['encodeText() random', () => encodeText(['low'], vocabulary, { dropout: 0.1 })],
  ])('refuses: %s', (message, call) => {
    expect(call).toThrow(message);
  });
});

describe('a language model', () => {
  const modelOf = (): LanguageModel =>
    languageModel(
      {
        vocabulary: 13,
        padId: PAD,
        width: 8,
        heads: 2,
        depth: 1,
        method: preLN(),
        dropout: { residual: 0.1 },
      },
      5,
    );

  it('has the perplexity that its logits give by hand, whatever the batches', async () => {
    const model = modelOf();
    const tensors = tf.memory().numTensors;
    const length = 6;
    let nll = 0;
    for (let from = 0; from < stream.length; from += length) {
      const labels = stream.slice(from, from + length);
      const input = labels.map((_, i) => (from + i === 0 ? EOS : stream[from + i - 1]!));
      const logits = tf.tidy(() => model.call(tf.tensor2d([input], undefined, 'int32'), {}));
      const rows = (await logits.array()) as number[][][];
      logits.dispose();
      for (const [i, label] of labels.entries()) {
        const row = rows[0]![i]!;
        nll += Math.log(row.reduce((sum, z) => sum + Math.exp(z), 0)) - row[label]!;
      }
    }
    for (const batchSize of [1, 2, 16]) {
      const batches = new TextBatches(documents, { length, batchSize });
      const measured = await evaluateLoss(model, batches.epoch(), languageModelLoss());
      expect(measured.tokens).toBe(28);
      expect(measured.nll).toBeCloseTo(nll / 28, 5);
      expect(measured.perplexity).toBeCloseTo(Math.exp(nll / 28), 3);
    }
    expect(tf.memory().numTensors).toBe(tensors);
  });

  const trainerOf = (model: LanguageModel, batches: TextBatches) =>
    new Trainer({ model, batches, loss: languageModelLoss(), rule: radam(), schedule: () => 1e-2 });
  const options = { length: 4, batchSize: 3 };

  it('goes on from a state as it would have gone on, and refuses other text', async () => {
    const model = modelOf();
    const trainer = trainerOf(model, new TextBatches(documents, options));
    for (let i = 0; i < 4; i++) await trainer.step();
    const [state, weights] = [await trainer.state(), await stateDict(model)];
    expect(state.position).toEqual({ epoch: 1, index: 1 });
    const losses = [];
    for (let i = 0; i < 4; i++) losses.push((await trainer.step()).loss);
    trainer.dispose();

    const copy = modelOf();
    const resumed = trainerOf(copy, new TextBatches(documents, options));
    loadStateDict(copy, weights);
    resumed.restore(state);
    const again = [];
    const tensors = tf.memory().numTensors;
    for (let i = 0; i < 4; i++) again.push((await resumed.step()).loss);
    expect(again).toEqual(losses);
    expect(tf.memory().numTensors).toBe(tensors);
    resumed.dispose();

    const changed = lists.map((ids, i) => (i === 1 ? [4] : ids));
    for (const [batches, message] of [
      [new TextBatches(packTokens(changed), options), 'batches.corpus: saved'],
      // The same tokens, cut in documents elsewhere.
      [new TextBatches(packTokens([lists.flat()]), options), 'batches.corpus: saved'],
      [new TextBatches(documents, { ...options, length: 5 }), 'batches.length: saved 4, now 5'],
      [new TextBatches(documents, { ...options, batchSize: 2 }), 'batches.batchSize: saved 3, now 2'],
      [new TextBatches(documents, { ...options, seed: 2 }), 'batches.seed: saved 1, now 2'],
    ] as const) {
      const other = trainerOf(copy, batches);
      expect(() => other.restore(state)).toThrow(message);
      other.dispose();
    }
  });
});
