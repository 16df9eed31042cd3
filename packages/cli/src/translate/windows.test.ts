import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { windows } from './windows';

const never = new AbortController().signal;

/** Items, some of which come so many ms after the one before. */
async function* timed(
  items: readonly (readonly [string, number])[],
  read: string[] = [],
): AsyncGenerator<string> {
  for (const [item, after] of items) {
    if (after > 0) await new Promise((resolve) => setTimeout(resolve, after));
    read.push(item);
    yield item;
  }
}

const collected = async (found: AsyncIterable<string[]>): Promise<string[][]> => {
  const all: string[][] = [];
  for await (const window of found) all.push(window);
  return all;
};

describe('windows', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('are of the size asked for, the last one smaller; none of nothing', async () => {
    const items = ['a', 'b', 'c', 'd', 'e'].map((item) => [item, 0] as const);
    expect(await collected(windows(timed(items), 2, never))).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect(await collected(windows(timed(items.slice(0, 4)), 2, never))).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ]);
    expect(await collected(windows(timed([]), 2, never))).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('do not wait for what comes late, and lose none of it', async () => {
    const found = collected(
      windows(
        timed([
          ['a', 0],
          ['b', 49],
          ['c', 2],
          ['d', 500],
          ['e', 0],
        ]),
        10,
        never,
        50,
      ),
    );
    await vi.runAllTimersAsync();
    expect(await found).toEqual([['a', 'b'], ['c'], ['d', 'e']]);
  });

  it('read no item before it is wanted', async () => {
    const read: string[] = [];
    const items = ['a', 'b', 'c', 'd', 'e', 'f'].map((item) => [item, 0] as const);
    const found = windows(timed(items, read), 2, never);
    expect((await found.next()).value).toEqual(['a', 'b']);
    expect(read).toEqual(['a', 'b']);
    await found.return(undefined);
    expect(read).toEqual(['a', 'b']);
  });

  it('end with the reason of a signal, though no item comes', async () => {
    const stop = new AbortController();
    const found = collected(
      windows(
        timed([
          ['a', 0],
          ['b', 1e9],
        ]),
        2,
        stop.signal,
      ),
    );
    const caught = found.catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(1000);
    stop.abort(new Error('enough'));
    expect(await caught).toEqual(new Error('enough'));
    await expect(collected(windows(timed([['a', 0]]), 2, stop.signal))).rejects.toThrow('enough');
  });
});

describe('a long stream', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const heap = (): number => {
    collect();
    return process.memoryUsage().heapUsed;
  };

  async function* many(count: number): AsyncGenerator<string> {
    for (let i = 0; i < count; i++) yield `line ${i}`;
  }

  it('leaves nothing behind of its items', async () => {
    const ITEMS = 200_000;
    let [seen, early, late] = [0, 0, 0];
    const stop = new AbortController();
    for await (const window of windows(many(ITEMS), 100, stop.signal)) {
      seen += window.length;
      if (seen === ITEMS / 4) early = heap();
      if (seen === ITEMS) late = heap();
    }
    expect(seen).toBe(ITEMS);
    // What 150,000 items would leave is more than 10 MB.
    expect(late - early).toBeLessThan(2e6);
  });
});
