import { beforeAll, describe, expect, it } from 'vitest';
import { bundle, lastLine, type Outcome, run } from './child';

interface Report {
  readonly losses: readonly number[];
  readonly memory: readonly { step: number; rss: number; pool: number; tensors: number }[];
}

const MB = 2 ** 20;

/** Nothing left over, memory that does not grow once it is warm, and learning. */
const expectHealthy = (outcome: Outcome): void => {
  const { losses, memory } = lastLine<Report>(outcome);
  expect(outcome.code).toBe(0);
  const warm = memory.slice(Math.floor(memory.length / 4));
  expect(new Set(warm.map(({ tensors }) => tensors)).size).toBe(1);
  const half = Math.floor(warm.length / 2);
  const most = (key: 'rss' | 'pool', part: Report['memory']): number => Math.max(...part.map((m) => m[key]));
  expect(most('pool', warm.slice(half)) - most('pool', warm.slice(0, half))).toBeLessThan(MB);
  expect(most('rss', warm.slice(half)) - most('rss', warm.slice(0, half))).toBeLessThan(24 * MB);
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
    expectHealthy(await run(script, ['2000']));
  }, 180_000);

  it('survive garbage collection between all calls', async () => {
    expectHealthy(await run(script, ['300'], { node: ['--expose-gc'] }));
  }, 180_000);

  it.runIf(process.env.STEADYFORMER_LONG === '1')(
    'leave memory flat over ten thousand steps',
    async () => {
      expectHealthy(await run(script, ['10000'], { limit: 1_200_000 }));
    },
    1_200_000,
  );
});
