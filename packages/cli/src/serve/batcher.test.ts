import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Batcher, type BatcherOptions, QueueFull } from './batcher';

const never = new AbortController().signal;

/** A worker that takes 100 ms a batch, stops where it is told to, and fails on an item 'bad'. */
const made = (own: Partial<BatcherOptions<string, object, string, string>> = {}) => {
  const batches: string[][] = [];
  const stopped: string[][] = [];
  const batcher = new Batcher<string, object, string, string>({
    ...{ maxBatch: 3, maxQueue: 8, wait: 10 },
    run: (items, options, signal) => {
      batches.push([...items]);
      return new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => {
          stopped.push([...items]);
          reject(signal.reason);
        });
        setTimeout(() => {
          if (items.includes('bad')) reject(new Error(`bad in ${items.length}`));
          else resolve(items.map((item) => `${item} ${JSON.stringify(options)}`));
        }, 100);
      });
    },
    ...own,
  });
  return { batcher, batches, stopped };
};

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('Batcher', () => {
  it('tells what there is of an item by now to who asked for it, and nobody who has left', async () => {
    const asked: boolean[] = [];
    const { batcher } = made({
      run: async (items, _, signal, onPartial) => {
        asked.push(onPartial !== undefined);
        for (const part of ['x', 'xy']) {
          for (const [i, item] of items.entries()) onPartial?.(i, `${item}:${part}`);
          await new Promise((resolve) => setTimeout(resolve, 10));
          signal.throwIfAborted();
        }
        return items;
      },
    });
    const seen: string[] = [];
    const tellOf = (name: string) => (index: number, part: string) =>
      void seen.push(`${name}${index} ${part}`);
    const leaving = new AbortController();
    const first = batcher.submit(['a', 'b'], {}, { signal: never, onPartial: tellOf('first') });
    const quiet = batcher.submit(['c'], {}, { signal: never });
    await vi.advanceTimersByTimeAsync(40);
    expect([await first, await quiet]).toEqual([['a', 'b'], ['c']]);
    expect(seen).toEqual(['first0 a:x', 'first1 b:x', 'first0 a:xy', 'first1 b:xy']);
    const gone = batcher.submit(['d'], {}, { signal: leaving.signal, onPartial: tellOf('gone') });
    gone.catch(() => {});
    const stays = batcher.submit(['e'], {}, { signal: never });
    await vi.advanceTimersByTimeAsync(10);
    leaving.abort(new Error('left'));
    await vi.advanceTimersByTimeAsync(40);
    expect(await stays).toEqual(['e']);
    await expect(gone).rejects.toThrow('left');
    expect(seen.slice(4)).toEqual(['gone0 d:x']);
    const silent = batcher.submit(['f'], {}, { signal: never });
    await vi.advanceTimersByTimeAsync(40);
    await silent;
    // Nobody listens to the last: its work need not say anything.
    expect(asked).toEqual([true, true, false]);
  });

  it('joins what comes within the wait, each answer to who asked', async () => {
    const { batcher, batches } = made();
    const first = batcher.submit(['a'], {}, { signal: never });
    await vi.advanceTimersByTimeAsync(9);
    expect(batches).toEqual([]);
    const second = batcher.submit(['b'], {}, { signal: never });
    await vi.advanceTimersByTimeAsync(1);
    expect(batches).toEqual([['a', 'b']]);
    expect([batcher.waiting, batcher.working]).toEqual([0, 2]);
    await vi.advanceTimersByTimeAsync(100);
    expect([await first, await second]).toEqual([['a {}'], ['b {}']]);
    expect([batcher.waiting, batcher.working, vi.getTimerCount()]).toEqual([0, 0, 0]);
  });

  it('waits for nothing where a batch is full, or others have waited for the one before', async () => {
    const { batcher, batches } = made();
    const seen: string[] = [];
    const all = batcher.submit(
      ['a', 'b', 'c', 'd'],
      {},
      {
        signal: never,
        onResult: (index, result) => seen.push(`${index} ${result}`),
      },
    );
    expect(batches).toEqual([['a', 'b', 'c']]);
    await vi.advanceTimersByTimeAsync(100);
    expect(seen).toEqual(['0 a {}', '1 b {}', '2 c {}']);
    expect(batches.at(-1)).toEqual(['d']);
    await vi.advanceTimersByTimeAsync(100);
    expect(await all).toEqual(['a {}', 'b {}', 'c {}', 'd {}']);
  });

  it('keeps other options apart, and the order of each', async () => {
    const { batcher, batches } = made();
    const asked = [
      batcher.submit(['a'], { beam: 1 }, { signal: never }),
      batcher.submit(['b'], { beam: 2 }, { signal: never }),
      batcher.submit(['c'], { beam: 1 }, { signal: never }),
    ];
    await vi.runAllTimersAsync();
    expect(batches).toEqual([['a', 'c'], ['b']]);
    expect(await Promise.all(asked)).toEqual([['a {"beam":1}'], ['b {"beam":2}'], ['c {"beam":1}']]);
  });

  it('takes no more than may wait, and nothing of what is too much', async () => {
    const { batcher } = made();
    const asked = batcher.submit(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'], {}, { signal: never });
    expect(batcher.waiting).toBe(5);
    await expect(batcher.submit(['i', 'j', 'k', 'l'], {}, { signal: never })).rejects.toThrow(QueueFull);
    expect(batcher.waiting).toBe(5);
    await vi.runAllTimersAsync();
    expect(await asked).toHaveLength(8);
    expect(await batcher.submit([], {}, { signal: never })).toEqual([]);
  });

  it('forgets what is given up: not begun it is not done, alone in a batch it is stopped', async () => {
    const { batcher, batches, stopped } = made();
    const [one, two, three] = [new AbortController(), new AbortController(), new AbortController()];
    const caught = (asked: Promise<unknown>): Promise<unknown> => asked.catch((error: unknown) => error);
    const asked = [
      caught(batcher.submit(['a', 'b'], {}, { signal: one.signal })),
      caught(batcher.submit(['c'], {}, { signal: two.signal })),
      caught(batcher.submit(['d'], {}, { signal: three.signal })),
    ];
    const rest = batcher.submit(['e'], {}, { signal: never });
    expect(batches).toEqual([['a', 'b', 'c']]);
    three.abort(new Error('gone 3'));
    one.abort(new Error('gone 1'));
    expect([batcher.waiting, stopped]).toEqual([1, []]);
    two.abort(new Error('gone 2'));
    expect(stopped).toEqual([['a', 'b', 'c']]);
    await vi.runAllTimersAsync();
    expect(await Promise.all(asked)).toEqual([new Error('gone 1'), new Error('gone 2'), new Error('gone 3')]);
    expect(batches).toEqual([['a', 'b', 'c'], ['e']]);
    expect(await rest).toEqual(['e {}']);
    await expect(batcher.submit(['x'], {}, { signal: one.signal })).rejects.toThrow('gone 1');
  });

  it('finds the one at fault: the others of its batch get their answers', async () => {
    const { batcher, batches } = made();
    const good = batcher.submit(['a'], {}, { signal: never });
    const bad = batcher.submit(['bad', 'never'], {}, { signal: never });
    const failed = bad.catch((error: unknown) => error);
    const other = batcher.submit(['b'], {}, { signal: never });
    await vi.runAllTimersAsync();
    expect(await failed).toEqual(new Error('bad in 1'));
    expect([await good, await other]).toEqual([['a {}'], ['b {}']]);
    // Of the one that failed nothing more is done.
    expect(batches).toEqual([['a', 'bad', 'never'], ['a'], ['bad'], ['b']]);
  });

  it('tells how long batches took', async () => {
    const told: object[] = [];
    const { batcher } = made({ onBatch: (batch) => told.push(batch) });
    const asked = batcher.submit(['a', 'b'], {}, { signal: never });
    await vi.runAllTimersAsync();
    await asked;
    expect(told).toEqual([{ items: 2, milliseconds: 100 }]);
  });

  it('has several batches at work where it may, and shares what waits between them', async () => {
    const { batcher, batches, stopped } = made({ atATime: 2, maxBatch: 4 });
    const letters = (text: string): string[] => [...text];
    const first = batcher.submit(letters('abc'), {}, { signal: never });
    await vi.advanceTimersByTimeAsync(12);
    expect(batches).toEqual([['a', 'b'], ['c']]);
    expect(batcher.working).toBe(3);
    const leaving = new AbortController();
    const second = batcher.submit(letters('de'), {}, { signal: leaving.signal });
    second.catch(() => {});
    const third = batcher.submit(letters('fgh'), {}, { signal: never });
    await vi.advanceTimersByTimeAsync(50);
    expect(batches).toHaveLength(2);
    expect(batcher.waiting).toBe(5);
    await vi.advanceTimersByTimeAsync(50);
    expect(await first).toEqual(['a {}', 'b {}', 'c {}']);
    expect(batches.slice(2)).toEqual([['d', 'e', 'f', 'g'], ['h']]);
    leaving.abort(new Error('gone'));
    await expect(second).rejects.toThrow('gone');
    await vi.advanceTimersByTimeAsync(110);
    expect(await third).toEqual(['f {}', 'g {}', 'h {}']);
    expect(stopped).toEqual([]);
    const alone = new AbortController();
    const [kept, lost] = [
      batcher.submit(['i'], {}, { signal: never }),
      batcher.submit(['j'], { beam: 2 }, { signal: alone.signal }),
    ];
    lost.catch(() => {});
    await vi.advanceTimersByTimeAsync(20);
    expect(batches.slice(4)).toEqual([['i'], ['j']]);
    alone.abort(new Error('gone'));
    await vi.advanceTimersByTimeAsync(100);
    expect([await kept, stopped]).toEqual([['i {}'], [['j']]]);
    expect([batcher.working, batcher.waiting]).toEqual([0, 0]);
  });
});
