import { postLN, selectBackend, type TransformerOptions, transformer } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { trainBpe } from '../subwords/trainBpe';
import { type StreamOptions, type TranslateOptions, type Translation, Translator } from './translator';

const words = ['a', 'small', 'red', 'house', 'und', 'ein', 'rotes', 'Haus', 'am', 'See'];
const vocabulary = trainBpe(
  words.map((word, i) => `${word} ${words[(i * 3 + 1) % 10]}`),
  { merges: 12 },
);
const sentences = ['a small house', 'See', '', 'ein rotes Haus am See', 'und und', 'a small red house'];
const modelOf = (seed: number, own: Partial<TransformerOptions> = {}) =>
  transformer(
    {
      ...{ vocabulary: vocabulary.size, padId: vocabulary.pad, width: 16, heads: 2, depth: 2 },
      ...{ method: postLN(), tiedEmbeddings: false, ...own },
    },
    seed,
  );
const translatorOf = (seed: number, own: Partial<TransformerOptions> = {}) =>
  new Translator(modelOf(seed, own), vocabulary);

beforeAll(async () => {
  await selectBackend('wasm');
});

const gathered = async (found: AsyncIterable<Translation>): Promise<Translation[]> => {
  const all: Translation[] = [];
  for await (const one of found) all.push(one);
  return all;
};

describe('score', () => {
  it('says of a translation what the search said of it, token by token, and leaves no tensor', async () => {
    const translator = translatorOf(3);
    const tensors = tf.memory().numTensors;
    const found = await translator.translate(sentences, { tokenScores: true, maxLength: (n) => n + 20 });
    const finished = found.flatMap(({ hypotheses: [best] }, i) =>
      best!.finished && sentences[i] !== '' ? [{ source: sentences[i]!, best: best! }] : [],
    );
    expect(finished.length).toBeGreaterThan(0);
    const scored = await translator.score(
      finished.map(({ source }) => source),
      finished.map(({ best }) => best.text),
      { maxTokens: 30 },
    );
    for (const [i, { best }] of finished.entries()) {
      // What was said may be cut into tokens in another way.
      if (scored[i]!.ids.join() !== best.ids.join()) continue;
      expect(scored[i]!.logProbability).toBeCloseTo(best.logProbability, 4);
      for (const [at, each] of scored[i]!.tokenScores.entries())
        expect(each).toBeCloseTo(best.tokenScores![at]!, 4);
      expect(scored[i]!.score).toBeCloseTo(best.score, 4);
    }
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('is that of each alone, whatever else is scored, and of two models the mean of their probabilities', async () => {
    const targets = ['ein Haus', 'am See und', 'a', '', 'Haus', 'See'];
    const [one, two] = [modelOf(1), modelOf(2)];
    const of = (models: ConstructorParameters<typeof Translator>[0]) =>
      new Translator(models, vocabulary).score(sentences, targets);
    const [first, second, both] = [await of(one), await of(two), await of([one, two])];
    for (const [i, { tokenScores }] of both.entries()) {
      for (const [at, each] of tokenScores.entries()) {
        const mean = (Math.exp(first[i]!.tokenScores[at]!) + Math.exp(second[i]!.tokenScores[at]!)) / 2;
        expect(each).toBeCloseTo(Math.log(mean), 5);
      }
    }
    for (const [i, target] of targets.entries()) {
      const [alone] = await new Translator(one, vocabulary).score([sentences[i]!], [target]);
      expect(alone!.ids).toEqual(first[i]!.ids);
      expect(alone!.logProbability).toBeCloseTo(first[i]!.logProbability, 4);
    }
  });

  it('refuses lists of two lengths, and what has too many tokens', async () => {
    const translator = translatorOf(1, { positions: { kind: 'learned', length: 8 } });
    await expect(translator.score(['a'], [])).rejects.toThrow('targets: received 0, allowed 1, one a source');
    await expect(translator.score(['a'], ['a small red house und ein rotes Haus'])).rejects.toThrow(
      "tokens of targets[0] ('a small red house und ein rotes Haus'), the end included: received",
    );
    await expect(translator.score('a' as never, ['a'])).rejects.toThrow("sources: received 'string'");
    await expect(translator.score(['a'], ['a'], { maxTokens: 0 })).rejects.toThrow(
      'score() maxTokens: received 0',
    );
  });
});

describe('translateStream', () => {
  it('gives what translate gives, in order, and asks for no more than a window before they are taken', async () => {
    const translator = translatorOf(3);
    const expected = await translator.translate(sentences, { beamSize: 2 });
    let asked = 0;
    async function* stream() {
      for (const sentence of sentences) {
        asked++;
        yield sentence;
      }
    }
    const found = translator.translateStream(stream(), { beamSize: 2, window: 2 });
    expect(asked).toBe(0);
    const first = await found.next();
    expect(asked).toBe(2);
    const rest = await gathered(found);
    const texts = (all: readonly Translation[]) => all.map(({ text, score }) => [text, score.toFixed(5)]);
    expect(texts([first.value!, ...rest])).toEqual(texts(expected));
    expect(texts(await gathered(translator.translateStream(sentences, { beamSize: 2 })))).toEqual(
      texts(expected),
    );
    expect(await gathered(translator.translateStream([]))).toEqual([]);
  });

  it('names a sentence by its place in the stream, and refuses what is none', async () => {
    const translator = translatorOf(3);
    const run = (given: unknown, options: StreamOptions = {}) =>
      gathered(translator.translateStream(given as Iterable<string>, options));
    await expect(run(['a', 'a', 'a small red house'], { window: 2, maxSourceLength: 4 })).rejects.toThrow(
      "tokens of sentences[2] ('a small red house')",
    );
    await expect(run(['a', 3])).rejects.toThrow("sentences[1]: received 'number', allowed texts");
    await expect(run('a text')).rejects.toThrow("sentences: received 'a text', allowed an iterable of texts");
    await expect(run(5)).rejects.toThrow('sentences: received 5, allowed an iterable of texts');
    await expect(run([], { window: 0 })).rejects.toThrow('translateStream() window: received 0');
  });
});

describe('translateText', () => {
  it('translates sentence by sentence and keeps what stands between', async () => {
    const translator = translatorOf(3);
    const parts = ['a small house. ', 'Haus am See!', '\n\n  ', 'und ein'];
    const { text, sentences: found } = await translator.translateText(parts.join(''), { beamSize: 1 });
    const inner = ['a small house.', 'Haus am See!', 'und ein'];
    const expected = await translator.translate(inner, { beamSize: 1 });
    expect(found.map((one) => one.text)).toEqual(expected.map((one) => one.text));
    const [a, b, c] = expected.map((one) => one.text);
    expect(text).toBe(`${a} ${b}\n\n  ${c}`);
    await expect(translator.translateText('a', {}, '??')).rejects.toThrow("language: received '??'");
    await expect(translator.translateText(3 as never)).rejects.toThrow('type of the text');
  });
});

describe('options of translate', () => {
  it('alignments: a row a token of the translation, which sums to 1 over the source', async () => {
    const translator = translatorOf(3);
    const tensors = tf.memory().numTensors;
    const found = await translator.translate(sentences, { alignments: true, beamSize: 2 });
    for (const [i, { alignment, hypotheses }] of found.entries()) {
      if (sentences[i] === '') continue;
      const { source, target, weights } = alignment!;
      expect(source.at(-1)).toBe('</s>');
      expect(target).toHaveLength(hypotheses[0]!.ids.length + 1);
      expect(weights).toHaveLength(target.length);
      for (const row of weights) {
        expect(row).toHaveLength(source.length);
        expect(row.reduce((sum, each) => sum + each, 0)).toBeCloseTo(1, 5);
      }
    }
    const each = await translator.translate(sentences, { alignments: 'all', beamSize: 2 });
    for (const [i, { alignment, hypotheses, text }] of each.entries()) {
      expect(alignment).toEqual(found[i]!.alignment);
      if (sentences[i] === '') continue;
      expect(hypotheses[0]!.alignment).toEqual(alignment);
      for (const one of hypotheses) expect(one.alignment!.target).toHaveLength(one.ids.length + 1);
      // Every word of the translation once, with a word that the source has.
      const words = (line: string): number[] => [...line.split(/\s+/u).filter(Boolean).keys()];
      const targets = alignment!.words.map(([, target]) => target).sort((a, b) => a - b);
      expect(targets).toEqual(words(text));
      for (const [source] of alignment!.words) expect(words(sentences[i]!)).toContain(source);
    }
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('coveragePenalty: lowers every score by what of the source was not seen, and ranks by that', async () => {
    const translator = translatorOf(3);
    const plain = await translator.translate(sentences, { beamSize: 3 });
    const found = await translator.translate(sentences, {
      beamSize: 3,
      coveragePenalty: 2,
      alignments: true,
    });
    for (const [i, { hypotheses, alignment }] of found.entries()) {
      if (sentences[i] === '') continue;
      const scores = hypotheses.map(({ score }) => score);
      expect(scores).toEqual([...scores].sort((a, b) => b - a));
      const best = plain[i]!.hypotheses.find(({ ids }) => ids.join() === hypotheses[0]!.ids.join())!;
      const { weights, source } = alignment!;
      const missed = source.map((_, s) =>
        Math.log(
          Math.min(
            1,
            weights.reduce((sum, row) => sum + row[s]!, 0),
          ),
        ),
      );
      expect(scores[0]).toBeCloseTo(best.score + 2 * missed.reduce((sum, each) => sum + each, 0), 4);
    }
  });

  it('prefixes: every translation begins with its own', async () => {
    const prefixes = ['ein', '', 'Haus', 'am See', '', 'und und'];
    const found = await translatorOf(3).translate(sentences, { prefixes, beamSize: 2 });
    for (const [i, { text, hypotheses }] of found.entries()) {
      if (sentences[i] === '') expect(text).toBe('');
      else for (const one of hypotheses) expect(one.text.startsWith(prefixes[i]!)).toBe(true);
    }
  });

  it('sampling: the same for a seed, whatever the groups; another for another', async () => {
    const translator = translatorOf(3);
    const run = async (seed: number, more: TranslateOptions = {}) =>
      (await translator.translate(sentences, { sampling: { seed, topP: 0.95 }, ...more })).map(
        ({ text }) => text,
      );
    const found = await run(1);
    expect(await run(1, { maxTokens: 10 })).toEqual(found);
    expect(await run(2)).not.toEqual(found);
    const streamed = translator.translateStream(sentences, { sampling: { seed: 1, topP: 0.95 }, window: 2 });
    expect((await gathered(streamed)).map(({ text }) => text)).toEqual(found);
  });

  it('an ensemble of one is the model, to the bit', async () => {
    const model = modelOf(3);
    const options = { beamSize: 3, tokenScores: true };
    const alone = await new Translator(model, vocabulary).translate(sentences, options);
    expect(await new Translator([model], vocabulary).translate(sentences, options)).toEqual(alone);
    const twice = await new Translator([model, model], vocabulary).translate(sentences, options);
    expect(twice.map(({ text }) => text)).toEqual(alone.map(({ text }) => text));
    expect(() => new Translator([], vocabulary)).toThrow(
      'Translator model: received [], allowed one model or more',
    );
  });

  it('signal and onPartial: a caller hears of texts that grow, and may end the call; no tensor is left', async () => {
    const translator = translatorOf(3);
    const tensors = tf.memory().numTensors;
    const controller = new AbortController();
    const heard: string[] = [];
    const onPartial = ({ index, text }: { index: number; text: string }): void => {
      if (index === 3) heard.push(text);
      if (heard.length === 3) controller.abort(new Error('enough'));
    };
    const options = { beamSize: 1, signal: controller.signal, onPartial };
    await expect(translator.translate(sentences, options)).rejects.toThrow('enough');
    expect(heard.length).toBeGreaterThanOrEqual(3);
    for (const [i, text] of heard.slice(1).entries()) expect(text.startsWith(heard[i]!)).toBe(true);
    await expect(translator.translate(sentences, options)).rejects.toThrow('enough');
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it.each([
    [{ sampling: { topP: 0 } }, 'translate() sampling.topP: received 0'],
    [{ sampling: {}, beamSize: 2 }, 'translate() beamSize: received 2, allowed none with sampling'],
    [{ sampling: { top: 1 } }, "unknown option 'top'"],
    [{ prefixes: ['a'] }, 'prefixes: received 1, allowed 2, one a sentence'],
    [{ prefixes: 'a' }, "prefixes: received 'a', allowed a list of texts"],
    [{ coveragePenalty: -1 }, 'coveragePenalty: received -1, allowed numbers >= 0'],
    [{ groups: 3 }, 'groups: received 3, allowed divisors of the beamSize 4'],
    [{ signal: 1 }, 'signal: received 1, allowed an AbortSignal'],
    [{ alignments: 'yes' }, "alignments: received 'yes'"],
  ])('%o is an error', async (wrong, message) => {
    await expect(translatorOf(3).translate(['a', 'b'], wrong as TranslateOptions)).rejects.toThrow(message);
  });
});
