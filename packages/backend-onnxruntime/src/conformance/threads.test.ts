import { beforeAll, describe, expect, it } from 'vitest';
import { bundle, lastLine, run } from './child';

interface Report {
  /** Bytes of the process after each thread. */
  readonly rss: readonly number[];
  /** Sessions that any thread of the process holds, after each thread. */
  readonly held: readonly number[];
  readonly programs: number;
  readonly equal: boolean;
}

const long = process.env.STEADYFORMER_LONG === '1';
const MB = 2 ** 20;

describe('threads that come and go', () => {
  let script = '';
  beforeAll(async () => {
    script = await bundle('threads.entry.ts');
  });

  const check = async (count: number, ways: string, limit: number): Promise<Report> => {
    const outcome = await run(script, [String(count), ways], { node: ['--expose-gc'], limit });
    const report = lastLine<Report>(outcome);
    const { held, programs, equal } = report;
    expect(outcome.code).toBe(0);
    expect(equal).toBe(true);
    // What a thread made, and what is held once it has ended: the first thread's own.
    expect(programs).toBeGreaterThan(50);
    expect(held).toEqual(new Array(count).fill(programs));
    return report;
  };

  it('leave no session behind, however they end', async () => {
    await check(3, 'terminated,exit,natural', 110_000);
  }, 120_000);

  it.runIf(long).each(['terminated', 'exit', 'natural'])(
    'leave the memory of the process as it is: %s',
    async (ways) => {
      const { rss } = await check(50, ways, 600_000);
      // 4.9 MB a thread where the sessions stay.
      expect((rss.at(-1)! - rss[19]!) / (rss.length - 20)).toBeLessThan(MB);
    },
    600_000,
  );
});
