import { languageModel, postLN, selectBackend, transformer } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { Translator } from '../decoding/translator';
import { bleu } from '../score/bleu';
import { chrF } from '../score/chrF';
import { trainBpe } from '../subwords/trainBpe';
import { evaluateLanguageModel, evaluateTranslator } from './evaluateModel';

const PAIRS = [
  { source: 'a small test', target: 'ein kleiner Test' },
  { source: 'a test of a test', target: 'Test Test Test Test' },
  { source: 'small', target: '' },
  { source: '', target: 'klein' },
];
const vocabulary = trainBpe(
  PAIRS.flatMap(({ source, target }) => [source, target]),
  { merges: 12 },
);
const { eos, pad: padId, size } = vocabulary;
const SIZES = { vocabulary: size, padId, width: 8, heads: 2, depth: 1, method: postLN() };
const idsOf = (text: string): number[] => [...vocabulary.encode(vocabulary.normalise(text)), eos];

/** Sums over the tokens of one row of logits, in JavaScript alone. */
const sumsOf = (logits: Float32Array, labels: readonly number[]) => {
  let [nll, right] = [0, 0];
  for (const [t, label] of labels.entries()) {
    const row = [...logits.subarray(t * size, (t + 1) * size)];
    const most = Math.max(...row);
    nll += most + Math.log(row.reduce((sum, x) => sum + Math.exp(x - most), 0)) - row[label]!;
    if (row.indexOf(most) === label) right++;
  }
  return { nll, right, tokens: labels.length };
};

const total = (all: readonly ReturnType<typeof sumsOf>[]) => {
  const sum = (key: 'nll' | 'right' | 'tokens'): number => all.reduce((so, each) => so + each[key], 0);
  return { tokens: sum('tokens'), nll: sum('nll') / sum('tokens'), accuracy: sum('right') / sum('tokens') };
};

beforeAll(async () => {
  await selectBackend('cpu');
});

describe('evaluateTranslator', () => {
  it('measures what the model gives the references, and what it says itself', async () => {
    const model = transformer(SIZES, 1);
    const translator = new Translator(model, vocabulary);
    const expected = total(
      // Of a blank side nothing is told.
      PAIRS.slice(0, 2).map(({ source, target }) => {
        const labels = idsOf(target);
        const logits = tf.tidy(() => {
          const memory = model.encode(tf.tensor2d([idsOf(source)], undefined, 'int32'), {});
          const hidden = model.decode(
            tf.tensor2d([[eos, ...labels.slice(0, -1)]], undefined, 'int32'),
            memory,
            {},
          );
          return model.logits(tf.reshape<tf.Rank.R2>(hidden, [labels.length, 8])).dataSync();
        });
        return sumsOf(logits as Float32Array, labels);
      }),
    );
    const before = tf.memory().numTensors;
    const stages: string[] = [];
    const found = await evaluateTranslator(translator, PAIRS, {
      search: { beamSize: 2 },
      maxTokens: 30,
      samples: 0,
      onProgress: (stage, done, all) => stages.push(`${stage} ${done}/${all}`),
    });
    expect(tf.memory().numTensors).toBe(before);
    expect([found.sentences, found.tokens]).toEqual([4, expected.tokens]);
    expect(found.accuracy).toBeCloseTo(expected.accuracy, 12);
    expect(found.accuracy).toBeGreaterThan(0);
    expect(found.nll).toBeCloseTo(expected.nll, 5);
    expect(found.perplexity).toBeCloseTo(Math.exp(expected.nll), 4);
    const own = await translator.translate(
      PAIRS.map(({ source }) => source),
      { beamSize: 2 },
    );
    expect(found.translations).toEqual(own.map(({ text }) => text));
    const references = PAIRS.map(({ target }) => target);
    expect(found.report.metrics.map(({ systems }) => systems[0]!.score)).toEqual([
      bleu(found.translations, references).score,
      chrF(found.translations, references).score,
    ]);
    expect(stages.filter((stage) => stage.startsWith('reading')).at(-1)).toMatch(/^reading (\d+)\/\1$/);
    expect(stages.at(-1)).toBe('translating 4/4');
    model.dispose();
  });

  it('refuses what cannot be measured', async () => {
    const model = transformer(SIZES, 1);
    const translator = new Translator(model, vocabulary);
    await expect(evaluateTranslator(translator, [])).rejects.toThrow(
      'evaluateTranslator() pairs: received 0, allowed at least one',
    );
    const unknown: object = { beam: 3 };
    await expect(evaluateTranslator(translator, PAIRS, unknown)).rejects.toThrow(
      "evaluateTranslator(): unknown option 'beam'",
    );
    await expect(evaluateTranslator(translator, PAIRS, { search: { beamSize: 0 } })).rejects.toThrow(
      'beamSize',
    );
    await expect(evaluateTranslator({} as never, PAIRS)).rejects.toThrow('a Translator');
    model.dispose();
  });
});

describe('evaluateLanguageModel', () => {
  it('measures running text, every token and end once', async () => {
    const model = languageModel(SIZES, 5);
    const texts = PAIRS.map(({ target }) => target).filter(Boolean);
    const stream = texts.flatMap(idsOf);
    const length = 4;
    const blocks = Array.from({ length: Math.ceil(stream.length / length) }, (_, i) => i * length);
    const expected = total(
      blocks.map((start) => {
        const labels = stream.slice(start, start + length);
        const seen = [start === 0 ? eos : stream[start - 1]!, ...labels.slice(0, -1)];
        const logits = tf.tidy(() => {
          const hidden = model.decode(tf.tensor2d([seen], undefined, 'int32'), {});
          return model.logits(tf.reshape<tf.Rank.R2>(hidden, [labels.length, 8])).dataSync();
        });
        return sumsOf(logits as Float32Array, labels);
      }),
    );
    const before = tf.memory().numTensors;
    const found = await evaluateLanguageModel(model, texts, { vocabulary, length, maxTokens: 8 });
    expect(tf.memory().numTensors).toBe(before);
    expect(found.tokens).toBe(expected.tokens);
    expect(found.accuracy).toBeCloseTo(expected.accuracy, 12);
    expect(found.nll).toBeCloseTo(expected.nll, 5);
    model.dispose();
  });
});
