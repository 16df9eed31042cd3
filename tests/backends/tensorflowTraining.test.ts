import { fileURLToPath } from 'node:url';
import { availability } from '@steadyformer/backend-tensorflow';
import { beforeEach, describe, expect, it } from 'vitest';
import { lastLine, run } from '../../packages/backend-onnxruntime/src/conformance/child';
import { bundled } from '../support/bundle';

interface Report {
  readonly losses: readonly number[];
  readonly memory: readonly {
    readonly step: number;
    readonly native: number;
    readonly tensors: number;
    readonly handles: number;
  }[];
}

const MB = 2 ** 20;
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[values.length >> 1]!;

/** Learning, nothing left over in tfjs or in the addon, and memory that does not grow once it is warm. */
const expectHealthy = ({ losses, memory }: Report, growth: number): void => {
  const warm = memory.slice(memory.length >> 2);
  expect(new Set(warm.map(({ tensors }) => tensors)).size).toBe(1);
  // Kernels keep up to 512 constants, those of one call more.
  const beside = warm.map(({ tensors, handles }) => handles - tensors);
  expect(Math.max(...beside)).toBeLessThan(600);
  const half = warm.length >> 1;
  const [before, after] = [warm.slice(0, half), warm.slice(half)].map((part) =>
    median(part.map(({ native }) => native)),
  );
  expect(after! - before!).toBeLessThan(growth);
  const tenth = Math.ceil(losses.length / 10);
  expect(mean(losses.slice(-tenth))).toBeLessThan(0.9 * mean(losses.slice(0, tenth)));
};

describe('training a Transformer on tensorflow', () => {
  beforeEach(({ skip }) => {
    const { available, reason } = availability();
    if (!available) skip(reason);
  });

  const train = async (steps: number, limit: number): Promise<Report> => {
    const entry = new URL('tensorflowTraining.entry.ts', import.meta.url);
    const script = fileURLToPath(await bundled(entry, 'tensorflowTraining'));
    return lastLine<Report>(await run(script, [String(steps)], { node: ['--expose-gc'], limit }));
  };

  it('leaves nothing behind over 120 steps', async () => {
    expectHealthy(await train(120, 280_000), 48 * MB);
  }, 300_000);

  it.runIf(process.env.STEADYFORMER_LONG === '1')(
    'leaves memory flat over 2000 steps',
    async () => {
      expectHealthy(await train(2000, 1_100_000), 16 * MB);
    },
    1_200_000,
  );
});
