import {
  type LanguageModel,
  type LanguageModelOptions,
  languageModel,
  loadStateDict,
  preLN,
  selectBackend,
  stateDict,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { trainBpe } from '../subwords/trainBpe';
import { type GenerateOptions, generate } from './generate';

const vocabulary = trainBpe(['a small test of small things', 'a thing or two'], { merges: 20 });
const build = (own: Partial<LanguageModelOptions> = {}): LanguageModel =>
  languageModel(
    {
      ...{ vocabulary: vocabulary.size, width: 16, heads: 2, depth: 1, method: preLN() },
      ...{ tiedEmbeddings: false, ...own },
    },
    4,
  );

beforeAll(async () => {
  await selectBackend('wasm');
});

/** What the whole model, without a cache, says after ids: the likeliest token that may be said, and how likely. */
const next = async (model: LanguageModel, ids: readonly number[]): Promise<[number, number]> => {
  const values = tf.tidy(() => {
    const logits = model.call(tf.tensor2d([...ids], [1, ids.length], 'int32'));
    return tf.logSoftmax(tf.reshape(tf.slice(logits, [0, ids.length - 1, 0], [1, 1, -1]), [1, -1]));
  });
  const list = Array.from(await values.data());
  values.dispose();
  for (const id of [vocabulary.pad, vocabulary.bos]) list[id] = Number.NEGATIVE_INFINITY;
  const most = Math.max(...list);
  return [list.indexOf(most), most];
};

describe('generate', () => {
  it('takes what the whole model finds likeliest, token by token', async () => {
    const model = build();
    const tensors = tf.memory().numTensors;
    for (const prompt of ['a small', '', 'thing']) {
      const made = await generate(model, prompt, { vocabulary, maxLength: 12 });
      const read = [vocabulary.eos, ...vocabulary.encode(prompt)];
      let sum = 0;
      for (const id of [...made.ids, ...(made.finished ? [vocabulary.eos] : [])]) {
        const [likeliest, logProbability] = await next(model, read);
        expect(id).toBe(likeliest);
        sum += logProbability;
        read.push(id);
      }
      expect(made.logProbability).toBeCloseTo(sum, 4);
      expect(prompt + made.text).toBe(vocabulary.decode(read));
      expect(made.finished || made.ids.length === 12).toBe(true);
    }
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('draws from its seed, and only among the likeliest where told', async () => {
    const model = build();
    const drawn = (own: Partial<GenerateOptions>) =>
      generate(model, 'a', { vocabulary, temperature: 1, maxLength: 8, ...own });
    const first = await drawn({ seed: 1 });
    expect(await drawn({ seed: 1 })).toEqual(first);
    expect(await drawn({})).toEqual(first);
    const texts = await Promise.all([2, 3, 4, 5].map(async (seed) => (await drawn({ seed })).text));
    expect(new Set([first.text, ...texts]).size).toBeGreaterThan(3);
    const greedy = await generate(model, 'a', { vocabulary, maxLength: 8 });
    expect(await drawn({ topK: 1, seed: 7 })).toEqual(greedy);
  });

  it('ends before a stop, and tells how far it is', async () => {
    const model = build();
    const whole = await generate(model, 'a small', { vocabulary, maxLength: 12 });
    expect(whole.text.length).toBeGreaterThan(4);
    const stop = whole.text.slice(2, 4);
    const seen: string[] = [];
    const stopped = await generate(model, 'a small', {
      ...{ vocabulary, maxLength: 12, stop: ['never', stop] },
      onProgress: (text) => seen.push(text),
    });
    expect(stopped.text).toBe(whole.text.slice(0, whole.text.indexOf(stop)));
    expect(stopped.finished).toBe(true);
    expect(stopped.ids).toEqual(whole.ids.slice(0, stopped.ids.length));
    expect(seen).toHaveLength(stopped.ids.length);
    expect(seen.at(-1)).toBe(stopped.text);
  });

  it('keeps within learned positions', async () => {
    const model = build({ positions: { kind: 'learned', length: 6 } });
    const prompt = 'a small'; // the beginning and two tokens or more
    const read = vocabulary.encode(prompt).length + 1;
    const { ids, finished } = await generate(model, prompt, { vocabulary });
    expect(ids.length + (finished ? 1 : 0)).toBeLessThanOrEqual(6 - read + 1);
    await expect(generate(model, 'a small test of small things or two', { vocabulary })).rejects.toThrow(
      /tokens of the prompt.*: received \d+, allowed up to the model's 6 learned positions\. Shorten/,
    );
  });

  it('reads a long prompt in parts, and refuses one that no memory would hold', async () => {
    const model = build();
    const prompt = 'a small test of things '.repeat(60).trimEnd();
    const read = [vocabulary.eos, ...vocabulary.encode(prompt)];
    expect(read.length).toBeGreaterThan(512);
    const made = await generate(model, prompt, { vocabulary, maxLength: 1 });
    expect(made.ids[0] ?? vocabulary.eos).toBe((await next(model, read))[0]);
    expect(made.logProbability).toBeCloseTo((await next(model, read))[1], 4);
    await expect(generate(model, prompt.repeat(10), { vocabulary })).rejects.toThrow(
      /^tokens of the prompt, the beginning included: received \d+, allowed up to 4096\. Shorten the prompt\./,
    );
  });

  it.each([
    [{ maxLength: 0 }, 'maxLength: received 0'],
    [{ temperature: -1 }, 'temperature: received -1, allowed 0 (the likeliest token) or positive numbers'],
    [{ temperature: Number.NaN }, 'temperature: received NaN'],
    [{ topK: 3 }, 'temperature: received 0, allowed positive numbers with topK or seed'],
    [{ temperature: 1, topK: 0 }, 'topK: received 0'],
    [{ topk: 3 }, "generate(): unknown option 'topk', did you mean 'topK'?"],
    [
      { vocabulary: trainBpe(['ab'], { merges: 0 }) },
      /^generate\(\) vocabulary: received \d+, allowed the model's \d+ tokens\./,
    ],
    [
      {
        onProgress: () => {
          throw new Error('enough');
        },
      },
      'enough',
    ],
  ])('%o ends in one message and leaves no tensor', async (wrong, message) => {
    const model = build();
    const tensors = tf.memory().numTensors;
    await expect(generate(model, 'a small', { vocabulary, ...wrong } as GenerateOptions)).rejects.toThrow(
      message,
    );
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('refuses a model of another pad, and one whose output is NaN', async () => {
    await expect(generate(build({ padId: 0 }), 'a', { vocabulary })).rejects.toThrow(
      "padId of the model: received 0, allowed the vocabulary's 1.",
    );
    const model = build();
    const state = await stateDict(model);
    const table = state['outputEmbedding.table']!;
    loadStateDict(model, {
      ...state,
      'outputEmbedding.table': { ...table, data: table.data.map(() => Number.NaN) },
    });
    const tensors = tf.memory().numTensors;
    await expect(generate(model, 'a', { vocabulary })).rejects.toThrow(
      "generate, token 1: the model's log-probabilities are NaN.",
    );
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
