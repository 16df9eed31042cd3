import {
  loadStateDict,
  postLN,
  selectBackend,
  stateDict,
  type Transformer,
  type TransformerOptions,
  transformer,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { trainBpe } from '../subwords/trainBpe';
import { type TranslateOptions, type TranslateProgress, Translator } from './translator';

const vocabulary = trainBpe(['a small test', 'ein kleiner Test'], { merges: 20 });
const build = (own: Partial<TransformerOptions>) =>
  transformer({
    ...{ vocabulary: vocabulary.size, padId: 1, width: 8, heads: 2, depth: 1, method: postLN() },
    ...own,
  });

beforeAll(async () => {
  await selectBackend('wasm');
});

describe('Translator', () => {
  it.each(['decoder', false] as const)(
    'translates the same with the same tables, tied or not (%s)',
    async (tiedEmbeddings) => {
      const [tied, other] = [build({}), build({ tiedEmbeddings })];
      const state = await stateDict(tied);
      const table = state['sourceEmbedding.table']!;
      loadStateDict(other, {
        ...state,
        'targetEmbedding.table': table,
        ...(tiedEmbeddings ? {} : { 'outputEmbedding.table': table }),
      });
      const translate = (model: Transformer) =>
        new Translator(model, vocabulary).translate(['a small test', 'Test'], { beamSize: 2 });
      const expected = await translate(tied);
      expect(Number.isFinite(expected[0]!.score)).toBe(true);
      expect(await translate(other)).toEqual(expected);
    },
  );

  it('refuses models of another vocabulary, and of two', () => {
    expect(() => new Translator(build({ vocabulary: 9 }), vocabulary)).toThrow(
      `Translator vocabulary: received ${vocabulary.size}, allowed the model's 9 tokens.`,
    );
    expect(() => new Translator(build({ padId: 0 }), vocabulary)).toThrow(
      "padId of the model: received 0, allowed the vocabulary's 1.",
    );
    expect(() => new Translator(build({ sourceVocabulary: 9 }), vocabulary)).toThrow(
      `allowed { source, target } of the model's 9 and ${vocabulary.size} tokens.`,
    );
  });

  it('says nothing where there is nothing to translate', async () => {
    const translator = new Translator(build({}), vocabulary);
    const tensors = tf.memory().numTensors;
    for (const beamSize of [1, 4]) {
      const progress: TranslateProgress[] = [];
      const blank = ['', ' ', '\t \n', '\u00a0\u3000', '\ufeff', '\u200b\u200d'];
      const [first, ...rest] = await translator.translate(['a small test', ...blank], {
        beamSize,
        onProgress: (at) => progress.push(at),
      });
      expect(first).toEqual((await translator.translate(['a small test'], { beamSize }))[0]);
      for (const nothing of rest) {
        const hypothesis = { ids: [], logProbability: 0, score: 0, finished: true, text: '' };
        expect(nothing).toEqual({ text: '', score: 0, hypotheses: [hypothesis] });
      }
      expect(progress.at(-1)).toEqual({ done: 7, total: 7, token: progress.length });
      const counts = progress.map(({ done }) => done);
      expect(counts).toEqual([...counts].sort((a, b) => a - b));
      expect(counts.every((done) => done >= 6)).toBe(true);
    }
    expect(await translator.translate([])).toEqual([]);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it("takes text as the vocabulary's training text was taken", async () => {
    const translator = new Translator(build({ tiedEmbeddings: false }), vocabulary);
    const [plain, strange] = await translator.translate([
      'a small test',
      '\ufeff a\u00a0sm\u00adall  test\r\n',
    ]);
    expect(plain!.text).not.toBe('');
    expect(strange!.text).toBe(plain!.text);
    expect(strange!.score).toBeCloseTo(plain!.score, 6);
  });

  it('keeps within learned positions, and names a source that does not', async () => {
    const translator = new Translator(
      build({ positions: { kind: 'learned', length: 13 }, tiedEmbeddings: false }),
      vocabulary,
    );
    const tensors = tf.memory().numTensors;
    const texts = ['Test', 'a small test'];
    for (const beamSize of [1, 3]) {
      const translations = await translator.translate(texts, {
        beamSize,
        maxLength: () => Number.POSITIVE_INFINITY,
      });
      for (const { hypotheses } of translations) {
        for (const { ids, finished } of hypotheses)
          expect(ids.length + (finished ? 1 : 0)).toBeLessThanOrEqual(13);
      }
    }
    const long = 'a small test a small test a small test a small test';
    await expect(translator.translate([...texts, long])).rejects.toThrow(
      /^tokens of sentences\[2\] \('a small test a small test a small test a\.\.\.'\), the end included: received \d+, allowed up to 13, the learned positions of the model\. Split/,
    );
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('refuses a source that no memory would hold, and one that is longer than asked for', async () => {
    const translator = new Translator(build({}), vocabulary);
    const tensors = tf.memory().numTensors;
    await expect(translator.translate(['Test', 'ab '.repeat(20_000)])).rejects.toThrow(
      /^tokens of sentences\[1\] \('(ab ){13}a\.\.\.'\), the end included: received \d+, allowed up to 1024, maxSourceLength\. Split/,
    );
    await expect(translator.translate(['a small test'], { maxSourceLength: 3 })).rejects.toThrow(
      'allowed up to 3, maxSourceLength.',
    );
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('refuses a model whose output is NaN, naming the sentence', async () => {
    const broken = build({});
    const state = await stateDict(broken);
    const table = state['sourceEmbedding.table']!;
    loadStateDict(broken, {
      ...state,
      'sourceEmbedding.table': { ...table, data: table.data.map(() => Number.NaN) },
    });
    const translator = new Translator(broken, vocabulary);
    const tensors = tf.memory().numTensors;
    for (const beamSize of [1, 4]) {
      await expect(translator.translate(['', 'a small test'], { beamSize })).rejects.toThrow(
        "sentences[1], token 1: the model's log-probabilities are NaN.",
      );
    }
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it.each([
    [{ beamSize: 0 }, 'beamSize: received 0'],
    [{ beamSize: 1.5 }, 'beamSize: received 1.5'],
    [{ lengthPenalty: Number.POSITIVE_INFINITY }, 'lengthPenalty: received Infinity'],
    [{ maxLength: () => Number.NaN }, 'source tokens: received NaN, allowed numbers of at least 1'],
    [{ maxTokens: 0 }, 'maxTokens: received 0'],
    [{ beamsize: 4 }, "translate(): unknown option 'beamsize', did you mean 'beamSize'?"],
    [
      {
        onProgress: () => {
          throw new Error('enough');
        },
      },
      'enough',
    ],
  ] as [TranslateOptions, string][])(
    '%o ends in one message and leaves no tensor',
    async (wrong, message) => {
      const translator = new Translator(build({}), vocabulary);
      const tensors = tf.memory().numTensors;
      await expect(translator.translate(['a small test', 'Test'], wrong)).rejects.toThrow(message);
      expect(tf.memory().numTensors).toBe(tensors);
    },
  );

  it('refuses what is no text', async () => {
    const translator = new Translator(build({}), vocabulary);
    await expect(translator.translate('a test' as unknown as string[])).rejects.toThrow(
      "sentences: received 'string', allowed a list of texts.",
    );
    await expect(translator.translate(['a', null as unknown as string])).rejects.toThrow(
      "sentences[1]: received 'object', allowed texts.",
    );
  });

  it('leaves no tensor where the model itself throws', async () => {
    const model = build({});
    const translator = new Translator(model, vocabulary);
    const tensors = tf.memory().numTensors;
    const { encode, decode } = model;
    model.encode = () => {
      throw new Error('no memory');
    };
    await expect(translator.translate(['Test'])).rejects.toThrow('no memory');
    model.encode = encode;
    let steps = 0;
    model.decode = (...args) => {
      if (steps++ < 2) return decode.apply(model, args);
      decode.apply(model, args);
      throw new Error('lost');
    };
    await expect(translator.translate(['Test', 'a small test'], { beamSize: 3 })).rejects.toThrow('lost');
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
