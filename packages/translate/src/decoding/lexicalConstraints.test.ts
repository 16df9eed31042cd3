import { postLN, selectBackend, transformer } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Bpe } from '../subwords/bpe';
import { trainBpe } from '../subwords/trainBpe';
import { type TranslateOptions, type Translation, Translator } from './translator';

const words = [
  'a',
  'small',
  'red',
  'house',
  'greenhouse',
  'und',
  'ein',
  'rotes',
  'Haus',
  'Hausboot',
  'am',
  'See',
];
const lines = words.map((word, i) => `${word} ${words[(i * 5 + 2) % words.length]}, "${word}" 12`);
const raw = trainBpe(lines, { merges: 30 });
const tokenised = trainBpe(lines, { merges: 30, preTokenizer: 'whitespace' });
const sentences = ['a small house', 'See', 'ein rotes Haus am See', 'und und', 'a red greenhouse'];

beforeAll(async () => {
  await selectBackend('wasm');
});

const build = (vocabulary: Bpe, seed = 3): Translator =>
  new Translator(
    transformer(
      {
        ...{ vocabulary: vocabulary.size, padId: vocabulary.pad, width: 16, heads: 2, depth: 1 },
        ...{ method: postLN(), tiedEmbeddings: false },
      },
      seed,
    ),
    vocabulary,
  );
const translators = { raw: build(raw), tokenised: build(tokenised) };
afterAll(() => {
  for (const { model } of Object.values(translators)) model.dispose();
});

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/gu, '\\$&');

/** Whether a text has a phrase as whole words: another way to say it than the one that is tested. */
const has = (text: string, phrase: string): boolean =>
  new RegExp(`(?<![\\p{L}\\p{N}])${escaped(phrase)}(?![\\p{L}\\p{N}])`, 'u').test(text);

const said = ({ hypotheses }: Translation) => hypotheses.map(({ ids, finished }) => ({ ids, finished }));

const failure = async (act: Promise<unknown>): Promise<string> =>
  act.then(
    () => 'none',
    (error: Error) => `${error.name}: ${error.message}`,
  );

describe.each(Object.entries(translators))('phrases in %s text', (_, translator) => {
  const phrases = [['Haus'], ['rotes Haus', 'am'], ['See', 'See'], [], ['12', 'house']];

  it('are in every translation, as whole words, whatever else is translated', async () => {
    const tensors = tf.memory().numTensors;
    for (const beamSize of [1, 4, 8]) {
      const options = { beamSize, maxLength: () => 24 };
      const together = await translator.translate(sentences, { ...options, constraints: phrases });
      for (const [i, { hypotheses }] of together.entries()) {
        for (const { text } of hypotheses)
          for (const phrase of phrases[i]!) expect(has(text, phrase), `${text}: ${phrase}`).toBe(true);
        const [alone] = await translator.translate([sentences[i]!], {
          ...options,
          constraints: [phrases[i]!],
        });
        expect(said(together[i]!)).toEqual(said(alone!));
      }
      // Twice is twice.
      expect(together[2]!.text.match(/(?<!\p{L})See(?!\p{L})/gu)!.length).toBeGreaterThanOrEqual(2);
      // Without any, nothing changes to the bit.
      const usual = await translator.translate([sentences[3]!], options);
      expect(together[3]).toEqual(usual[0]);
      const none = sentences.map(() => []);
      expect(
        await translator.translate(sentences, { ...options, constraints: none, forbiddenPhrases: none }),
      ).toEqual(await translator.translate(sentences, options));
    }
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('that are forbidden are in none, however they are cut, and a longer word may be', async () => {
    const options = { maxLength: () => 12 };
    for (const beamSize of [1, 4]) {
      for (let round = 0; round < 3; round++) {
        const before = await translator.translate(sentences, { ...options, beamSize });
        // What the model likes best: every word, and pair of words, that it says.
        const liked = before.map(({ text }) => {
          const found = text.split(/[ ,"]+/u).filter((word) => word !== '');
          return [...new Set([...found.slice(0, 2 + round), found.slice(0, 2).join(' ')])].filter(Boolean);
        });
        const after = await translator.translate(sentences, {
          ...options,
          beamSize,
          forbiddenPhrases: liked,
        });
        for (const [i, { hypotheses }] of after.entries())
          for (const { text } of hypotheses)
            for (const phrase of liked[i]!) expect(has(text, phrase), `${text}: ${phrase}`).toBe(false);
        expect(after.map(({ text }) => text)).not.toEqual(before.map(({ text }) => text));
        const all = [...new Set(liked.flat())];
        for (const { text } of await translator.translate(sentences, { ...options, forbiddenPhrases: all }))
          for (const phrase of all) expect(has(text, phrase)).toBe(false);
      }
    }
    // A phrase's letters within a word are no phrase.
    const constraints = [['greenhouse', 'Hausboot']];
    const [found] = await translator.translate([sentences[0]!], {
      ...{ constraints, forbiddenPhrases: ['house', 'Haus', 'green'], maxLength: () => 24 },
    });
    expect(has(found!.text, 'greenhouse') && has(found!.text, 'Hausboot')).toBe(true);
    expect(has(found!.text, 'house') || has(found!.text, 'Haus')).toBe(false);
  });

  it('go with draws where they are forbidden', async () => {
    const sampling = { seed: 5, temperature: 1.5 };
    const forbiddenPhrases = ['a', 'am', 'und', 'Haus', 'See', '1', '2'];
    for (const topK of [undefined, 5]) {
      const options = { sampling: { ...sampling, ...(topK ? { topK } : {}) }, forbiddenPhrases };
      for (const { text } of await translator.translate(sentences, options))
        for (const phrase of forbiddenPhrases) expect(has(text, phrase), `${text}: ${phrase}`).toBe(false);
    }
  });
});

describe('phrases', () => {
  const { raw: translator } = translators;

  it('stand after a quote as after a space', async () => {
    // What begins with a quote has the word after it.
    const prefixes = ['"'];
    const [found] = await translator.translate(['See'], {
      ...{ prefixes, constraints: [['"Haus"']], beamSize: 8, maxLength: () => 20 },
    });
    expect(found!.text).toContain('"Haus"');
    const [word] = await translator.translate(['See'], {
      ...{ prefixes: ['a "Haus"'], constraints: [['Haus']], beamSize: 1, maxLength: () => 14 },
    });
    // It is there already: nothing more is said than without it.
    const [without] = await translator.translate(['See'], {
      ...{ prefixes: ['a "Haus"'], beamSize: 1, maxLength: () => 14 },
    });
    expect(word!.text).toBe(without!.text);
  });

  it('are normalised as all text is', async () => {
    const options = { maxLength: () => 16, beamSize: 4 };
    const found = await translator.translate(['See'], { ...options, constraints: [[' rotes \t Haus ']] });
    expect(has(found[0]!.text, 'rotes Haus')).toBe(true);
  });

  it('of a stream are those that are forbidden', async () => {
    const forbiddenPhrases = ['Haus', 'See', 'a'];
    const streamed: Translation[] = [];
    for await (const one of translator.translateStream(sentences, { window: 2, forbiddenPhrases }))
      streamed.push(one);
    expect(streamed.map(said)).toEqual(
      (await translator.translate(sentences, { forbiddenPhrases })).map(said),
    );
    const streamOf = (options: object): Promise<unknown> => translator.translateStream(['a'], options).next();
    expect(await failure(streamOf({ constraints: [['a']] }))).toContain(
      "translateStream() constraints: received 'some', allowed none",
    );
    expect(await failure(streamOf({ forbiddenPhrases: [['a']] }))).toContain(
      "translateStream() forbiddenPhrases: received [['a']], allowed a list of texts",
    );
  });

  it.each<readonly [string, TranslateOptions, string]>([
    [
      'that do not fit',
      { constraints: [[], ['rotes Haus am See']], maxLength: () => 3 },
      "tokens of sentences[1]'s constraints, its prefix and the end included: received",
    ],
    [
      'that contradict each other',
      { constraints: [[], ['rotes Haus']], forbiddenPhrases: ['Haus'] },
      "constraints of sentences[1]: received 'rotes Haus', allowed phrases without the forbidden 'Haus'. Leave out",
    ],
    [
      'that cannot be spelled',
      { constraints: [['Haus\u00df'], []] },
      "constraints of sentences[0] ('Haus\u00df'): received '\u00df', allowed characters that the vocabulary",
    ],
    [
      'without a character',
      { constraints: [[], [' ']] },
      "constraints of sentences[1]: received ' ', allowed phrases of a character or more",
    ],
    [
      'forbidden ones without a character',
      { forbiddenPhrases: [''] },
      "forbiddenPhrases of sentences[0]: received '', allowed phrases of a character or more",
    ],
    [
      'against a prefix',
      { prefixes: ['a Haus am', ''], forbiddenPhrases: ['Haus'] },
      "prefixes of sentences[0]: received 'a Haus am', allowed prefixes without a forbidden phrase",
    ],
    ['of too few lists', { constraints: [['a']] }, 'constraints: received 1, allowed 2, one a sentence'],
    ['of too many', { forbiddenPhrases: [['a'], [], []] }, 'forbiddenPhrases: received 3, allowed 2'],
    ['in no list', { constraints: ['a', 'b'] as never }, 'constraints: received'],
    [
      'of no text',
      { forbiddenPhrases: [1] as never },
      'forbiddenPhrases: received [1], allowed a list of texts',
    ],
    [
      'with draws',
      { constraints: [['a'], []], sampling: {} },
      "translate() constraints: received 'some', allowed none with sampling or groups of a beam",
    ],
    [
      'with groups',
      { constraints: [['a'], []], groups: 2 },
      "constraints: received 'some', allowed none with",
    ],
  ])('%s are refused with one message, and no tensor stays', async (_, options, message) => {
    const tensors = tf.memory().numTensors;
    const error = await failure(translator.translate(['See', 'a house'], options));
    expect(error).toContain(`SteadyformerError: `);
    expect(error).toContain(message);
    expect(error.length).toBeLessThan(400);
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it('of a blank sentence are an error, and forbidden ones are none', async () => {
    expect(await failure(translator.translate(['See', ' '], { constraints: [[], ['a']] }))).toContain(
      "constraints of sentences[1]: received ['a'], allowed none, as the sentence is blank",
    );
    const [, blank] = await translator.translate(['See', ' '], { forbiddenPhrases: ['a\u1234'] });
    expect(blank!.text).toBe('');
  });
});
