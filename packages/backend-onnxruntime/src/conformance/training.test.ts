import { beforeAll, describe, expect, it } from 'vitest';
import { bundle, lastLine, type Outcome, run } from './child';

interface Report {
  readonly losses: readonly number[];
  readonly memory: readonly {
    step: number;
    native: number;
    heap: number;
    pool: number;
    tensors: number;
  }[];
}

const MB = 2 ** 20;

/** Nothing left over, memory that does not grow once it is warm, and learning. */
const expectHealthy = (outcome: Outcome): void => {
  const { losses, memory } = lastLine<Report>(outcome);
  expect(outcome.code).toBe(0);
  const warm = memory.slice(Math.floor(memory.length / 4));
  expect(new Set(warm.map(({ tensors }) => tensors)).size).toBe(1);
  const halves = [warm.slice(0, warm.length / 2), warm.slice(warm.length / 2)] as const;
  // A leak lifts every later sample; a late collection or a buffer not yet freed lifts a few.
  const growth = (key: 'native' | 'heap' | 'pool', quantile: number): number => {
    const [before, after] = halves.map((part) => part.map((m) => m[key]).sort((a, b) => a - b));
    const at = (sorted: readonly number[]): number => sorted[Math.floor(quantile * (sorted.length - 1))]!;
    return at(after!) - at(before!);
  };
  expect(growth('pool', 1)).toBeLessThan(MB);
  expect(growth('native', 0.5)).toBeLessThan(24 * MB);
  expect(growth('heap', 0)).toBeLessThan(MB);
  const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const tenth = Math.max(1, Math.floor(losses.length / 10));
  expect(mean(losses.slice(-tenth))).toBeLessThan(0.9 * mean(losses.slice(0, tenth)));
};

describe('thousands of training steps of varying shapes', () => {
  let script = '';
  beforeAll(async () => {
    script = await bundle('training.entry.ts');
  });

  it('leave memory flat and no tensor behind', async () => {
    expectHealthy(await run(script, ['2000', 'samples'], { node: ['--expose-gc'] }));
  }, 180_000);

  it('survive garbage collection between all calls', async () => {
    expectHealthy(await run(script, ['300', 'steps'], { node: ['--expose-gc'] }));
  }, 180_000);

  it.runIf(process.env.STEADYFORMER_LONG === '1')(
    'leave memory flat over ten thousand steps',
    async () => {
      expectHealthy(await run(script, ['10000', 'samples'], { node: ['--expose-gc'], limit: 1_200_000 }));
    },
    1_200_000,
  );
});
