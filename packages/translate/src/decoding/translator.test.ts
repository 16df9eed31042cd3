import {
  loadStateDict,
  postLN,
  selectBackend,
  stateDict,
  type Transformer,
  type TransformerOptions,
  transformer,
} from '@steadyformer/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { trainBpe } from '../subwords/trainBpe';
import { Translator } from './translator';

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
    expect(() => new Translator(build({ sourceVocabulary: 9 }), vocabulary)).toThrow(
      `allowed one for source and target, which the model has not: 9 and ${vocabulary.size} tokens.`,
    );
  });
});
