import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { uninterrupted } from './uninterrupted';

const run = async (work: () => Promise<void>): Promise<readonly number[]> => {
  const codes: number[] = [];
  await uninterrupted(work, (code) => codes.push(code));
  return codes;
};

describe('short work', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('is done to its end though %s comes, then the process ends with %s', async (signal, code) => {
    let done = false;
    const before = process.listenerCount(signal);
    const codes = await run(async () => {
      process.kill(process.pid, signal);
      process.kill(process.pid, signal);
      await setTimeout(20);
      done = true;
    });
    expect(done).toBe(true);
    expect(codes).toEqual([code]);
    expect(process.listenerCount(signal)).toBe(before);
  });

  it('sees a signal that came during synchronous work', async () => {
    const codes = await run(async () => {
      process.kill(process.pid, 'SIGINT');
    });
    expect(codes).toEqual([130]);
  });

  it('ends nothing where none came, and passes on what failed', async () => {
    expect(await run(async () => {})).toEqual([]);
    const listeners = process.listenerCount('SIGINT');
    await expect(uninterrupted(() => Promise.reject(new Error('full')))).rejects.toThrow('full');
    expect(process.listenerCount('SIGINT')).toBe(listeners);
  });
});
