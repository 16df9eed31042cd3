import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { endingOf } from './errors';
import { interruptible } from './interruptible';

describe('interruptible', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s aborts the work and ends with %d; a second one ends at once', async (signal, code) => {
    const codes: number[] = [];
    const before = process.listenerCount(signal);
    const work = interruptible(
      (stop) =>
        new Promise<void>((_, reject) => {
          stop.addEventListener('abort', () => setImmediate().then(() => reject(stop.reason)));
        }),
      (exit) => codes.push(exit),
    );
    process.emit(signal, signal);
    process.emit(signal, signal);
    const failure = await work.catch((error: unknown) => error);
    expect(endingOf(failure)).toEqual({ code });
    expect(codes).toEqual([code]);
    expect(process.listenerCount(signal)).toBe(before);
  });

  it('gives back what the work gives', async () => {
    expect(await interruptible(async () => 3)).toBe(3);
  });
});
