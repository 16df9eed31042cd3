import { describe, expect, it } from 'vitest';
import { bundle, lastLine, run } from './child';

describe('worker threads', () => {
  it('compute side by side, come and go, and let the process exit by itself', async () => {
    const outcome = await run(await bundle('workers.entry.ts'), [], { limit: 60_000 });
    const { received, expected } = lastLine<{ received: number[]; expected: number[] }>(outcome);
    expect(received.map((value, i) => Math.abs(value / expected[i]! - 1) < 1e-5)).toEqual(
      expected.map(() => true),
    );
    expect(outcome).toMatchObject({ code: 0, signal: null });
  }, 70_000);
});
