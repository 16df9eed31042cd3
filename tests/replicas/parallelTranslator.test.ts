import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { admin, selectBackend, transformer } from '@steadyformer/core';
import {
  type PartialTranslation,
  type TranslateOptions,
  type TranslateProgress,
  type Translation,
  Translator,
  trainBpe,
} from '@steadyformer/translate';
import { evaluateTranslator, ParallelTranslator, ThreadEnded } from '@steadyformer/translate/node';
import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { bundled } from './team';

const backend = await selectBackend('onnxruntime').catch((error: Error) => error);
const skipped = backend instanceof Error;

const words = ['a', 'small', 'red', 'house', 'und', 'ein', 'rotes', 'Haus', 'am', 'See'];
const vocabulary = trainBpe(
  words.map((word, i) => `${word} ${words[(i * 3 + 1) % 10]}`),
  { merges: 12 },
);
const sentences = Array.from({ length: 30 }, (_, i) =>
  i % 17 === 0 ? '' : Array.from({ length: 1 + (i % 7) }, (_, j) => words[(i * 3 + j * j) % 10]).join(' '),
);

const target = trainBpe(words, { merges: 5 });

const modelOf = (seed: number, sides: 1 | 2 = 1) =>
  transformer(
    {
      ...{ vocabulary: vocabulary.size, padId: vocabulary.pad, width: 16, heads: 2, depth: 1 },
      ...{ method: admin(), tiedEmbeddings: false },
      ...(sides === 2 ? { vocabulary: target.size, sourceVocabulary: vocabulary.size } : {}),
    },
    seed,
  );

/** Groups of a few sentences, so that there are several; a model without training hardly ends one itself. */
const small = { maxTokens: 80, maxLength: (n: number): number => 0.5 * n + 3 };

/** The memory that a tensor lies in. */
const memoryOf = (x: tf.Tensor): ArrayBufferLike =>
  (tf.backend() as unknown as { operand(x: tf.Tensor): { data: Float32Array } }).operand(x).data.buffer;

const opened: ParallelTranslator[] = [];
const started = async (translator: Translator, threads: number, name = 'translator') => {
  const parallel = await ParallelTranslator.start(translator, { threads, entry: await bundled(name) });
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
    ensemble = new Translator([modelOf(3, 2), modelOf(4, 2)], { source: vocabulary, target });
    [one, two, several] = await Promise.all([
      started(translator, 1),
      started(translator, 2),
      started(ensemble, 2),
    ]);
    opened.length = 0;
  }, 60_000);

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
    new Float32Array(memories[0]!).fill(0);
    const after = await parallel.translate(sentences, small);
    expect(after).toEqual(await own.translate(sentences, small));
    expect(after).not.toEqual(before);
    // Other values of the model are the model's alone.
    for (const { parameter } of own.model.parameters()) {
      const values = tf.ones([...parameter.shape]);
      parameter.assign(values);
      values.dispose();
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

  it('says which thread died, and puts another in its place, if one can be started', async () => {
    const file = join(mkdtempSync(join(tmpdir(), 'steadyformer-dying-')), 'file');
    onTestFinished(() => {
      vi.unstubAllEnvs();
      rmSync(dirname(file), { recursive: true });
    });
    vi.stubEnv('DYING_TRANSLATOR', file);
    const parallel = await started(translator, 1, 'dyingTranslator');
    const fatal = Array.from({ length: 40 }, (_, n) => 'x'.repeat(n)).find(
      (text) => vocabulary.encode(text).length === 6,
    )!;
    const died = 'ParallelTranslator: thread 1 (dyingTranslator.mjs) does no more work: it ended with code 3';
    const waiting = (): Promise<unknown> =>
      Promise.all(
        ['a', 'See', 'am'].map(async (text) =>
          expect(await parallel.translate([text])).toEqual(await translator.translate([text])),
        ),
      );
    for (let times = 0; times < 2; times++) {
      const lost = parallel.translate([fatal, 'a'], { maxTokens: 7 });
      await Promise.all([expect(lost).rejects.toThrow(new ThreadEnded(died)), waiting()]);
    }
    // From now on none starts.
    writeFileSync(file, '');
    const none = /thread 1 .* it ended with code 3. No thread is left: start another ParallelTranslator/;
    await expect(parallel.translate([fatal])).rejects.toThrow(died);
    await expect(parallel.translate(['a'])).rejects.toThrow(none);
    await expect(parallel.score(['a'], ['a'])).rejects.toThrow(none);
    await expect(started(translator, 1, 'dyingTranslator')).rejects.toThrow('it ended with code 4');
  });

  it('keeps no program alive that has ended, disposed or not', async () => {
    const [program, entry] = await Promise.all([bundled('undisposed'), bundled('translator')]);
    const ended = await new Promise<readonly unknown[]>((resolve) => {
      const args = [fileURLToPath(program), entry.href];
      const child = execFile(process.execPath, args, { timeout: 20_000 }, (_, stdout) =>
        resolve([child.exitCode, child.signalCode, stdout]),
      );
    });
    expect(ended).toEqual([0, null, '2 translations\n']);
  }, 30_000);

  it('rejects what is at work, and what comes later, once it is disposed', async () => {
    const parallel = await started(translator, 2);
    const pending = parallel.translate(sentences, { ...small, beamSize: 8 });
    const [result] = await Promise.allSettled([pending, parallel.dispose()]);
    expect(result).toMatchObject({ reason: expect.any(ThreadEnded) });
    const gone = 'ParallelTranslator: it was disposed. No thread is left';
    await expect(parallel.translate(['a'])).rejects.toThrow(gone);
    await expect(parallel.score(['a'], ['a'])).rejects.toThrow(gone);
    const stop = AbortSignal.abort(new Error('not now'));
    await expect(ParallelTranslator.start(translator, { threads: 1, signal: stop })).rejects.toThrow(
      'not now',
    );
    const soon = new AbortController();
    const starting = ParallelTranslator.start(translator, {
      ...{ threads: 1, signal: soon.signal, entry: await bundled('translator') },
    });
    setTimeout(() => soon.abort(new Error('enough')), 50);
    await expect(starting).rejects.toThrow('enough');
    await parallel.dispose();
  });
});
