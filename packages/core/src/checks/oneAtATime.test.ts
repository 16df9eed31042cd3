import { describe, expect, it } from 'vitest';
import { OneAtATime } from './oneAtATime';

describe('OneAtATime', () => {
  it('runs one call after another, whether they succeed or fail', async () => {
    const calls = new OneAtATime('Thing');
    expect(await calls.run('a()', async () => 3)).toBe(3);
    await expect(calls.run('b()', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    calls.check('c()');
    expect(await calls.run('a()', async () => 4)).toBe(4);
  });

  it('refuses a call while another runs, without running it', async () => {
    const calls = new OneAtATime('Thing');
    let end = (): void => {};
    const first = calls.run(
      'a()',
      () =>
        new Promise<void>((resolve) => {
          end = resolve;
        }),
    );
    let ran = false;
    const message = 'Thing: b() was called while a() is still running; await each call before the next one';
    const second = calls.run('b()', async () => {
      ran = true;
    });
    await expect(second).rejects.toThrow(message);
    expect(() => calls.check('b()')).toThrow(message);
    expect(ran).toBe(false);
    end();
    await first;
    calls.check('b()');
  });
});
