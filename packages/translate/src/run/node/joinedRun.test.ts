import { expect, it } from 'vitest';
import { ranksTogether } from '../../../testing/ranksTogether';
import { betweenRanks } from '../../training/betweenRanks';
import { jointSignal } from './joinedRun';

/** Two ranks with a signal each, and how often each adds up numbers with the other. */
const pair = () => {
  const own = [new AbortController(), new AbortController()] as const;
  const calls = [0, 0];
  const all = ranksTogether(2).map((ranks, i) => {
    const counted = {
      ...ranks,
      allReduce: (...args: Parameters<typeof ranks.allReduce>) => {
        calls[i]!++;
        return ranks.allReduce(...args);
      },
    };
    const joint = jointSignal(counted, own[i]!.signal);
    return { joint, between: betweenRanks(counted, joint.rider) };
  });
  const asked = (): Promise<boolean[]> => Promise.all(all.map(({ joint }) => joint.isAborted()));
  const update = (): Promise<unknown> =>
    Promise.all(all.map(({ between }) => between.reduce(new Float32Array(40), { tokens: 1 })));
  return { own, calls, all, asked, update };
};

it('asks all ranks before the first update, and with the sums of each from then on', async () => {
  const { own, calls, all, asked, update } = pair();
  expect(await asked()).toEqual([false, false]);
  expect(calls).toEqual([1, 1]);
  await update();
  expect(await asked()).toEqual([false, false]);
  expect(calls).toEqual([2, 2]);
  await update();
  // Too late for the sums of this update, which all ranks have been told: none stops before the others.
  own[1].abort();
  expect(await asked()).toEqual([false, false]);
  await update();
  expect(calls).toEqual([4, 4]);
  expect(all.map(({ joint }) => joint.signal.aborted)).toEqual([false, false]);
  expect(await asked()).toEqual([true, true]);
  expect(all.map(({ joint }) => joint.signal.aborted)).toEqual([true, true]);
});

it('asks anew where no update has been made since', async () => {
  const { own, calls, asked, update } = pair();
  await update();
  expect(await asked()).toEqual([false, false]);
  own[0].abort();
  expect(await asked()).toEqual([true, true]);
  expect(calls).toEqual([2, 2]);
});
