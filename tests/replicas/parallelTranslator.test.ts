import { selectBackend } from '@steadyformer/core';
import {
  type PartialTranslation,
  type TranslateOptions,
  type TranslateProgress,
  type Translation,
  Translator,
} from '@steadyformer/translate';
import { evaluateTranslator, ParallelTranslator } from '@steadyformer/translate/node';
import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { modelOf, sentences, small, startThreads, target, vocabulary } from './translators';

const backend = await selectBackend('onnxruntime').catch((error: Error) => error);
const skipped = backend instanceof Error;

/** The memory that a tensor lies in. */
const memoryOf = (x: tf.Tensor): ArrayBufferLike =>
  (tf.backend() as unknown as { operand(x: tf.Tensor): { data: Float32Array } }).operand(x).data.buffer;

const opened: ParallelTranslator[] = [];
const started = async (...how: Parameters<typeof startThreads>): Promise<ParallelTranslator> => {
  const parallel = await startThreads(...how);
  opened.push(parallel);
  return parallel;
};

describe.skipIf(skipped)('ParallelTranslator', () => {
  let translator: Translator;
  let one: ParallelTranslator;
  let two: ParallelTranslator;
  let ensemble: Translator;
  let several: ParallelTranslator;

  beforeAll(async () => {
    translator = new Translator(modelOf(3), vocabulary);
    const sides = { source: vocabulary, target };
    ensemble = new Translator([modelOf(3, 2), modelOf(4, 2)], sides);
    [one, two, several] = await Promise.all([
      started(new Translator(modelOf(3), vocabulary), 1),
      started(new Translator(modelOf(3), vocabulary), 2),
      started(new Translator([modelOf(3, 2), modelOf(4, 2)], sides), 2),
    ]);
    opened.length = 0;
  }, 240_000);

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((each) => each.dispose()));
  });
  afterAll(async () => {
    await Promise.all([one, two, several].map((each) => each?.dispose()));
  });

  it.each<TranslateOptions>([
    { beamSize: 1, tokenScores: true },
    { beamSize: 3, tokenScores: true, noRepeatNgram: 3, lengthPenaltyForm: 'gnmt' },
    { beamSize: 4, groups: 2, stopping: 'attainable', coveragePenalty: 0.2, alignments: true },
    { beamSize: 2, prefixes: sentences.map((_, i) => (i % 2 ? 'ein' : '')) },
    { sampling: { seed: 7, temperature: 1.3, topK: 9 }, tokenScores: true },
    { sampling: { topP: 0.9 } },
    {
      ...{ beamSize: 6, alignments: 'all', maxLength: () => 20, forbiddenPhrases: ['und', 'am See'] },
      constraints: sentences.map((text, i) => (text === '' || i % 3 > 0 ? [] : [i % 2 ? 'ein' : 'Haus'])),
    },
  ])('gives to the bit what the translator does, on one thread and on two: %o', async (given) => {
    const options = { ...small, ...given };
    const expected = await translator.translate(sentences, options);
    expect(await two.translate(sentences, options)).toEqual(expected);
    expect(await one.translate(sentences, options)).toEqual(expected);
    expect(await several.translate(sentences, options)).toEqual(await ensemble.translate(sentences, options));
  });

  it('is a Translator in all else: streams, texts, scores, a test set', async () => {
    expect(two).toBeInstanceOf(Translator);
    expect([one.threads, two.threads]).toEqual([1, 2]);
    const all = async (each: Translator): Promise<unknown[]> => {
      const streamed: Translation[] = [];
      const options = { ...small, window: 25, sampling: { seed: 2 } };
      for await (const found of each.translateStream(sentences, options)) streamed.push(found);
      const targets = sentences.map((_, i) => sentences[(i * 7) % 30]!);
      const pairs = sentences.map((source, i) => ({ source, target: targets[i]! }));
      const search = { ...small, beamSize: 2 };
      return [
        streamed,
        await each.translateText('a small house. ein Haus!\n\nam See', small),
        await each.score(sentences, targets, { maxTokens: 80 }),
        await each.score([], []),
        await evaluateTranslator(each, pairs, { search, samples: 0 }),
      ];
    };
    const expected = await all(translator);
    expect((expected[0] as Translation[]).length).toBe(30);
    expect(await all(two)).toEqual(expected);
  });

  it('tells how far it is: every token of every sentence, and in the end all', async () => {
    const heard = async (each: Translator) => {
      const progress: TranslateProgress[] = [];
      const partials: PartialTranslation[] = [];
      const found = await each.translate(sentences, {
        ...{ ...small, beamSize: 2 },
        onProgress: (now) => progress.push(now),
        onPartial: (now) => partials.push(now),
      });
      const of = (place: number) => partials.filter(({ index }) => index === place).map(({ text }) => text);
      const texts = sentences.map((_, i) => of(i));
      for (const [i, { text }] of found.entries())
        if (texts[i]!.length > 0) expect(texts[i]!.at(-1)).toBe(text);
      return { progress, texts };
    };
    const expected = await heard(translator);
    const { progress, texts } = await heard(two);
    expect(texts).toEqual(expected.texts);
    expect(progress.length).toBe(expected.progress.length);
    const done = progress.map((each) => each.done);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(done[0]).toBeGreaterThanOrEqual(2);
    expect(progress.at(-1)).toMatchObject({ done: 30, total: 30 });
    for (const name of ['onProgress', 'onPartial'] as const) {
      const refusal = two.translate(sentences, {
        ...small,
        [name]: () => {
          throw new RangeError('seen enough');
        },
      });
      await expect(refusal).rejects.toThrow(new RangeError('seen enough'));
    }
    expect(await two.translate(['a'])).toEqual(await translator.translate(['a']));
  });

  it('serves several calls at once, and none', async () => {
    const [all, some, none, scores] = await Promise.all([
      two.translate(sentences, { beamSize: 2 }),
      two.translate(sentences.slice(0, 9), { beamSize: 2 }),
      two.translate([]),
      two.score(['a'], ['See']),
    ]);
    expect(none).toEqual([]);
    expect(some.map(({ text }) => text)).toEqual(all.slice(0, 9).map(({ text }) => text));
    expect(scores).toEqual(await translator.score(['a'], ['See']));
  });

  it('has one copy of the weights: what changes in it changes for every thread', async () => {
    const own = new Translator(modelOf(5), vocabulary);
    const tensors = tf.memory().numTensors;
    const parallel = await started(own, 2);
    expect(tf.memory().numTensors).toBe(tensors);
    const memories = own.model.parameters().map(({ parameter }) => memoryOf(parameter.value));
    expect(new Set(memories).size).toBe(1);
    expect(memories[0]).toBeInstanceOf(SharedArrayBuffer);
    expect(memories[0]!.byteLength).toBe(4 * own.model.parameterCount());
    const before = await parallel.translate(sentences, small);
    const values = new Float32Array(memories[0]!).slice();
    new Float32Array(memories[0]!).fill(0);
    const after = await parallel.translate(sentences, small);
    expect(after).toEqual(await own.translate(sentences, small));
    expect(after).not.toEqual(before);
    new Float32Array(memories[0]!).set(values);
    expect(await parallel.translate(sentences, small)).toEqual(before);
    new Float32Array(memories[0]!).fill(0);
    expect(await parallel.translate(sentences, small)).toEqual(after);
    // Other values of the model are the model's alone.
    for (const { parameter } of own.model.parameters()) {
      const ones = tf.ones([...parameter.shape]);
      parameter.assign(ones);
      ones.dispose();
    }
    expect(await parallel.translate(sentences, small)).toEqual(after);
    own.model.dispose();
  });

  it('names a sentence by its own place, refuses what is wrong, and goes on', async () => {
    const given = [...new Array<string>(20).fill('a'), 'a small red house und ein rotes Haus'];
    await expect(two.translate(given, { maxSourceLength: 9 })).rejects.toThrow('tokens of sentences[20]');
    await expect(two.translate(['a'], { maxLength: () => Number.NaN })).rejects.toThrow(
      'maxLength of 2 source tokens: received NaN',
    );
    await expect(two.translate(['a'], { beamSize: 0 })).rejects.toThrow('translate() beamSize: received 0');
    await expect(two.translate('a' as never)).rejects.toThrow("sentences: received 'string'");
    // Only a thread finds out.
    await expect(
      two.translate(['a', 'a'], { prefixes: ['', 'a small red'], maxLength: () => 2 }),
    ).rejects.toThrow('one less than maxLength');
    for (const threads of [0, 1.5, 257, 'all']) {
      await expect(ParallelTranslator.start(translator, { threads } as never)).rejects.toThrow(
        /ParallelTranslator\.start\(\) threads: received .*, allowed whole numbers from 1 to 256/,
      );
    }
    await expect(ParallelTranslator.start({} as never)).rejects.toThrow(
      'ParallelTranslator.start() translator: received {}, allowed a Translator',
    );
    await expect(ParallelTranslator.start(translator, { entry: 'x.js' } as never)).rejects.toThrow(
      "ParallelTranslator.start() entry: received 'x.js', allowed URLs",
    );
    await expect(
      ParallelTranslator.start(translator, { entry: new URL('http://none/x.js') }),
    ).rejects.toThrow('ParallelTranslator.start(): no thread can be started');
    expect(await two.translate([''])).toHaveLength(1);
  });

  it('ends with the reason of the signal, at work or before, and goes on', async () => {
    const controller = new AbortController();
    const other = two.translate(sentences, small);
    const pending = two.translate(sentences, { ...small, beamSize: 8, signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(pending).rejects.toThrow('enough');
    await expect(two.translate(['a'], { signal: controller.signal })).rejects.toThrow('enough');
    await expect(two.score(['a'], ['a'], { signal: controller.signal })).rejects.toThrow('enough');
    expect(await other).toEqual(await translator.translate(sentences, small));
    const later = new AbortController();
    const stopped = two.translate(sentences, {
      ...{ ...small, beamSize: 8, signal: later.signal },
      onProgress: ({ done }) => done > 9 && later.abort(new Error('later')),
    });
    await expect(stopped).rejects.toThrow('later');
    expect(await two.translate(['a'])).toHaveLength(1);
  });
});
