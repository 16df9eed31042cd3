import { postLN, selectBackend, transformer } from '@steadyformer/core';
import { beforeAll, expect, it } from 'vitest';
import { trainBpe } from '../subwords/trainBpe';
import { Translator } from './translator';

beforeAll(async () => {
  await selectBackend('cpu');
});

it('a Translator normalises as the vocabulary does', async () => {
  const lines = ['a small test', 'ein kleiner Test'];
  const scoresWith = async (normalisation: 'text' | 'none'): Promise<number[]> => {
    const vocabulary = trainBpe(lines, { merges: 20, normalisation });
    const model = transformer(
      { vocabulary: vocabulary.size, padId: 1, width: 8, heads: 2, depth: 1, method: postLN() },
      3,
    );
    const translator = new Translator(model, vocabulary);
    const scores: number[] = [];
    for (const text of ['a small test', ' a\u00a0small  te\u00adst\u200b']) {
      const [found] = await translator.translate([text], { beamSize: 1 });
      scores.push(found!.score);
    }
    model.dispose();
    return scores;
  };
  const [plain, odd] = await scoresWith('text');
  expect(odd).toBe(plain);
  const [exact, other] = await scoresWith('none');
  expect(exact).toBe(plain);
  expect(other).not.toBe(exact);
});
