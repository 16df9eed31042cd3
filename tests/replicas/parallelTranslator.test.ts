import { admin, selectBackend, transformer } from '@steadyformer/core';
import { type TranslateOptions, Translator, trainBpe } from '@steadyformer/translate';
import { ParallelTranslator } from '@steadyformer/translate/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundled } from './team';

const backend = await selectBackend('onnxruntime').catch((error: Error) => error);
const skipped = backend instanceof Error;

const words = ['a', 'small', 'red', 'house', 'und', 'ein', 'rotes', 'Haus', 'am', 'See'];
const vocabulary = trainBpe(
  words.map((word, i) => `${word} ${words[(i * 3 + 1) % 10]}`),
  { merges: 12 },
);
const sentences = Array.from({ length: 150 }, (_, i) =>
  i % 17 === 0 ? '' : Array.from({ length: 1 + (i % 7) }, (_, j) => words[(i * 3 + j * j) % 10]).join(' '),
);

describe.skipIf(skipped)('ParallelTranslator', () => {
  let translator: Translator;
  let parallel: ParallelTranslator;

  beforeAll(async () => {
    const model = transformer(
      {
        ...{ vocabulary: vocabulary.size, padId: vocabulary.pad, width: 16, heads: 2, depth: 2 },
        ...{ method: admin(), tiedEmbeddings: false },
      },
      3,
    );
    translator = new Translator(model, vocabulary);
    parallel = await ParallelTranslator.start(translator, { threads: 2, entry: await bundled('translator') });
  }, 60_000);

  afterAll(() => parallel?.dispose());

  it.each<TranslateOptions>([
    { beamSize: 3, tokenScores: true, noRepeatNgram: 3 },
    { beamSize: 1, prefixes: sentences.map((_, i) => (i % 2 ? 'ein' : '')) },
  ])('gives what the translator does, in order: %o', async (options) => {
    const expected = await translator.translate(sentences, options);
    const found = await parallel.translate(sentences, options);
    const said = (all: typeof found) =>
      all.map(({ text, hypotheses }) => [text, ...hypotheses.map(({ ids }) => ids)]);
    expect(said(found)).toEqual(said(expected));
    for (const [i, { score }] of found.entries()) expect(score).toBeCloseTo(expected[i]!.score, 5);
  });

  it('serves several calls at once, and none', async () => {
    const [all, some, none] = await Promise.all([
      parallel.translate(sentences, { beamSize: 2 }),
      parallel.translate(sentences.slice(0, 9), { beamSize: 2 }),
      parallel.translate([]),
    ]);
    expect(none).toEqual([]);
    expect(some.map(({ text }) => text)).toEqual(all.slice(0, 9).map(({ text }) => text));
  });

  it('names a sentence by its own place, refuses what cannot be sent, and goes on', async () => {
    const given = [...new Array<string>(20).fill('a'), 'a small red house und ein rotes Haus'];
    await expect(parallel.translate(given, { maxSourceLength: 9 })).rejects.toThrow(
      'tokens of sentences[20]',
    );
    for (const name of ['maxLength', 'onProgress', 'onPartial', 'sampling']) {
      await expect(parallel.translate(['a'], { [name]: () => 1 })).rejects.toThrow(
        `ParallelTranslator.translate() ${name}: received 'one', allowed none here`,
      );
    }
    await expect(parallel.translate(['a'], { beamSize: 0 })).rejects.toThrow(
      'translate() beamSize: received 0',
    );
    await expect(parallel.translate('a' as never)).rejects.toThrow("sentences: received 'string'");
    await expect(ParallelTranslator.start(translator, { threads: 0 })).rejects.toThrow(
      'ParallelTranslator.start() threads: received 0',
    );
    await expect(ParallelTranslator.start({} as never)).rejects.toThrow(
      'ParallelTranslator.start() translator: received {}, allowed a Translator',
    );
    expect(await parallel.translate([''])).toHaveLength(1);
  });

  it('ends with the reason of the signal', async () => {
    const controller = new AbortController();
    const pending = parallel.translate(sentences, { beamSize: 8, signal: controller.signal });
    controller.abort(new Error('enough'));
    await expect(pending).rejects.toThrow('enough');
    expect(await parallel.translate(['a'])).toHaveLength(1);
  });
});
