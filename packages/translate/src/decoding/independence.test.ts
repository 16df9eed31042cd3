import { postLN, selectBackend, type TransformerOptions, transformer } from '@steadyformer/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { trainBpe } from '../subwords/trainBpe';
import { type TranslateOptions, type Translation, Translator } from './translator';

const words = ['a', 'small', 'red', 'house', 'und', 'ein', 'rotes', 'Haus', 'am', 'See'];
const vocabulary = trainBpe(
  words.map((word, i) => `${word} ${words[(i * 3 + 1) % 10]}`),
  { merges: 12 },
);
const long = Array.from({ length: 8 }, (_, i) => words[(i * 7) % 10]).join(' ');
const sentences = [
  'a small house',
  'See',
  long,
  'ein rotes Haus am See',
  'x',
  'und und',
  'a small red house',
];

beforeAll(async () => {
  await selectBackend('wasm');
});

const build = (own: Partial<TransformerOptions>, seed: number): Translator =>
  new Translator(
    transformer(
      {
        ...{ vocabulary: vocabulary.size, padId: vocabulary.pad, width: 16, heads: 2, depth: 1 },
        // Tied, what a model without training says next is what it said last.
        ...{ method: postLN(), tiedEmbeddings: false, ...own },
      },
      seed,
    ),
    vocabulary,
  );

/** Tokens equal, scores to the sixth place: products of other shapes round otherwise. */
const expectSame = (received: Translation, expected: Translation): void => {
  const said = ({ hypotheses }: Translation) => hypotheses.map(({ ids, finished }) => ({ ids, finished }));
  expect(said(received)).toEqual(said(expected));
  expect(received.text).toBe(expected.text);
  for (const [i, { score }] of received.hypotheses.entries()) {
    expect(Math.abs(score - expected.hypotheses[i]!.score)).toBeLessThanOrEqual(1e-6);
  }
};

const kinds: Record<string, Partial<TransformerOptions>> = {
  sinusoids: {},
  'learned positions': { positions: { kind: 'learned', length: 64 } },
  'rotary positions': { attentionPositions: 'rotary' },
  'relative positions': { attentionPositions: { kind: 'relative', buckets: 8, maxDistance: 16 } },
};
const settings: Record<string, TranslateOptions> = {
  greedy: { beamSize: 1, maxLength: (n) => n + 3 },
  'a beam of three, as long as the source': { beamSize: 3, maxLength: (n) => n },
  'a beam of three, limits and small groups': { beamSize: 3, maxLength: (n) => 0.5 * n + 2, maxTokens: 50 },
};

describe.each(Object.entries(kinds))('a translation does not depend on its neighbours: %s', (_, own) => {
  it.each(Object.entries(settings))('%s', async (_name, options) => {
    const translator = build(own, 3);
    const alone = [];
    for (const sentence of sentences) alone.push((await translator.translate([sentence], options))[0]!);
    const neighbours = [
      [0, 1, 2, 3, 4, 5],
      [5, 3, 1, 4, 0], // another order, without the long one
      [4, 4, 2],
    ];
    for (const order of neighbours) {
      const together = await translator.translate(
        order.map((i) => sentences[i]!),
        options,
      );
      for (const [place, i] of order.entries()) expectSame(together[place]!, alone[i]!);
    }
    // Each for itself: to the bit, scores too.
    expect(await translator.translate(sentences, { ...options, maxTokens: 1 })).toEqual(alone);
    // The limits are the sources' own, and some were met.
    const limit = options.maxLength ?? ((n: number) => 2 * n + 10);
    const cutOff = alone.flatMap(({ hypotheses }, i) => {
      const most = Math.floor(limit(vocabulary.encode(sentences[i]!).length + 1));
      for (const { ids, finished } of hypotheses)
        expect(ids.length + (finished ? 1 : 0)).toBeLessThanOrEqual(most);
      return hypotheses.filter(({ ids, finished }) => !finished && ids.length === most);
    });
    expect(cutOff.length).toBeGreaterThan(0);
    expect(new Set(alone.map(({ text }) => text)).size).toBeGreaterThan(3);
    translator.model.dispose();
  });
});
