import { expect, it } from 'vitest';
import { ranksTogether } from '../../testing/ranksTogether';
import { betweenRanks } from './betweenRanks';

it('shares weights out in whole lines, the last rank with what is left', () => {
  const stretches = (size: number, ranks: number): (readonly [number, number])[] =>
    ranksTogether(ranks).map((each) => {
      const { from, to } = betweenRanks(each).stretch(size);
      return [from, to];
    });
  expect(stretches(100, 2)).toEqual([
    [0, 64],
    [64, 100],
  ]);
  expect(stretches(40, 4)).toEqual([
    [0, 16],
    [16, 32],
    [32, 40],
    [40, 40],
  ]);
});

it('adds up gradients and sums, of a rank without a part too, and takes a number of each along', async () => {
  const told: number[] = [];
  const both = ranksTogether(2).map((ranks, i) =>
    betweenRanks(ranks, { own: () => 3 * i + 1, told: (sum) => told.push(sum) }),
  );
  const gradients = [new Float32Array(20).fill(1), new Float32Array(20).fill(10)] as const;
  const joined = await Promise.all([
    both[0]!.reduce(gradients[0], { loss: 3, nll: 2, tokens: 5 }),
    both[1]!.reduce(gradients[1], {}),
  ]);
  expect(joined).toEqual([1, 2].map(() => ({ sums: { loss: 3, nll: 2, tokens: 5 }, squares: 20 * 121 })));
  expect(told).toEqual([5, 5]);
  // Each has the sum of its own stretch.
  expect([...gradients[0]]).toEqual(Array.from({ length: 20 }, (_, i) => (i < 16 ? 11 : 1)));
  expect([...gradients[1]]).toEqual(Array.from({ length: 20 }, (_, i) => (i < 16 ? 10 : 11)));
  await Promise.all(both.map((each, i) => each.gather(gradients[i]!)));
  expect([...gradients[0]]).toEqual(Array.from({ length: 20 }, () => 11));
  expect(gradients[1]).toEqual(gradients[0]);
});
