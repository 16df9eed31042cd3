import { expect, it } from 'vitest';
import { makeBatch } from '../data/batch';
import { packTokens } from '../data/encodeCorpus';
import { tokenEntropy } from './tokenEntropy';

const lists = packTokens([[4, 4, 4, 5], [4]]);
const corpus = { source: lists, target: lists };

it('is that of the target tokens with their ends, whatever the padding', () => {
  // Four times 4, once 5, twice the end.
  const expected = -(4 / 7) * Math.log(4 / 7) - (1 / 7) * Math.log(1 / 7) - (2 / 7) * Math.log(2 / 7);
  expect(tokenEntropy([makeBatch(corpus, [0, 1])])).toBeCloseTo(expected, 12);
  expect(tokenEntropy([makeBatch(corpus, [0]), makeBatch(corpus, [1])])).toBeCloseTo(expected, 12);
  const otherwise = makeBatch(corpus, [0, 1], { pad: 0, eos: 2 });
  expect(tokenEntropy([otherwise])).toBeCloseTo(expected, 12);
});

it('needs tokens', () => {
  expect(() => tokenEntropy([])).toThrow('tokenEntropy(): no token. Pass at least one batch.');
  expect(() => tokenEntropy(5 as never)).toThrow('tokenEntropy() batches');
  expect(() => tokenEntropy([{}] as never)).toThrow('batch.source');
});
