import { expect, it } from 'vitest';
import { inOrder } from './inOrder';

const after = <T>(milliseconds: number, value: T): Promise<T> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds, value));

async function* from<T>(items: readonly T[], read: T[] = []): AsyncGenerator<T> {
  for (const item of items) {
    read.push(item);
    yield item;
  }
}

const collected = async <T>(found: AsyncIterable<T>): Promise<T[]> => {
  const all: T[] = [];
  for await (const each of found) all.push(each);
  return all;
};

it('gives results in order, whoever is done first, and has as many at work as may be', async () => {
  const times = [40, 1, 20, 1, 1];
  let [working, most] = [0, 0];
  const work = async (item: number): Promise<number> => {
    most = Math.max(most, ++working);
    await after(item, undefined);
    working--;
    return 10 * item;
  };
  const expected = times.map((item) => 10 * item);
  expect(await collected(inOrder(from(times), work, () => 3))).toEqual(expected);
  expect(most).toBe(3);
  most = 0;
  expect(await collected(inOrder(from(times), work, () => 1))).toEqual(expected);
  expect(most).toBe(1);
  expect(await collected(inOrder(from([]), work, () => 2))).toEqual([]);
});

it('reads no further than there is room, and begins more once there may be more', async () => {
  const read: number[] = [];
  let most = 1;
  const found = inOrder(
    from([1, 2, 3, 4, 5, 6], read),
    async (item) => item,
    () => most,
  );
  expect((await found.next()).value).toBe(1);
  await after(5, undefined);
  expect(read).toEqual([1]);
  most = 3;
  expect((await found.next()).value).toBe(2);
  await after(5, undefined);
  // What was begun beside it waits to be taken.
  expect(read.length).toBeLessThanOrEqual(5);
  expect(await collected(found)).toEqual([3, 4, 5, 6]);
});

it('keeps no result waiting for an item that is late', async () => {
  async function* slow(): AsyncGenerator<string> {
    yield 'a';
    await after(10_000, undefined);
    yield 'b';
  }
  const found = inOrder(
    slow(),
    async (item) => item.toUpperCase(),
    () => 4,
  );
  expect((await found.next()).value).toBe('A');
  await found.return(undefined);
});

it('tells of a fault in its turn, after all before it, and reads no more', async () => {
  const read: number[] = [];
  const work = async (item: number): Promise<number> => {
    await after(item === 1 ? 20 : 1, undefined);
    if (item === 2) throw new Error('two');
    return item;
  };
  const given: number[] = [];
  const all = async (): Promise<void> => {
    for await (const each of inOrder(from([0, 1, 2, 3, 4, 5, 6, 7], read), work, () => 3)) given.push(each);
  };
  await expect(all()).rejects.toThrow('two');
  expect(given).toEqual([0, 1]);
  expect(read.length).toBeLessThan(7);
  async function* faulty(): AsyncGenerator<number> {
    yield 0;
    throw new Error('input');
  }
  await expect(collected(inOrder(faulty(), work, () => 1))).rejects.toThrow('input');
});
