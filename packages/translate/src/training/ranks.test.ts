import { SteadyformerError } from '@steadyformer/core';
import { expect, it } from 'vitest';
import { ranksTogether } from '../../testing/ranksTogether';
import { gatherTexts, onAll, RanksError } from './ranks';

it('tells every rank the texts of all, of any length', async () => {
  const texts = ['größer', '', 'c'.repeat(5000)];
  const told = await Promise.all(ranksTogether(3).map((ranks, i) => gatherTexts(ranks, texts[i]!)));
  expect(told).toEqual([texts, texts, texts]);
});

it('fails on all ranks where one fails, naming it, and once for all where all do', async () => {
  const failing = (which: (rank: number) => boolean) =>
    Promise.all(
      ranksTogether(3).map((ranks) =>
        onAll(ranks, () => {
          if (which(ranks.rank)) throw new SteadyformerError('no such file');
          return ranks.rank;
        }).catch((error: unknown) => error),
      ),
    );
  expect(await failing(() => false)).toEqual([0, 1, 2]);
  for (const error of await failing((rank) => rank > 0)) {
    expect(error).toBeInstanceOf(RanksError);
    expect(error).toMatchObject({ name: 'SteadyformerError', message: 'rank 1: no such file' });
  }
  for (const error of await failing(() => true)) expect(error).toMatchObject({ message: 'no such file' });
  // Alone, an error is what it was.
  const own = new SteadyformerError('mine');
  await expect(onAll(undefined, () => Promise.reject(own))).rejects.toBe(own);
});

it('leaves a fault of the program to the rank that has it', async () => {
  const [one] = ranksTogether(2);
  await expect(onAll(one, () => Promise.reject(new TypeError('oops')))).rejects.toThrow(TypeError);
});
