import { describe, expect, it } from 'vitest';
import { testedBackends } from '../../testing/backends';
import { maxError } from '../../testing/numbers';
import { type Run, train } from '../../testing/training';

describe('training with dropout', () => {
  it.each(testedBackends)('twice from one seed is bit-identical on %s', async (backend) => {
    const [first, second, other] = [
      await train(backend, 5),
      await train(backend, 5),
      await train(backend, 6),
    ];
    expect(second).toEqual(first);
    expect(other.losses).not.toEqual(first.losses);
  });

  it(`differs by at most 1e-4 in loss between ${testedBackends.join(', ')}`, async () => {
    const runs: Run[] = [];
    for (const backend of testedBackends) runs.push(await train(backend, 5));
    const [first, ...others] = runs;
    expect(others.length).toBeGreaterThan(0);
    for (const { losses } of others) expect(maxError(losses, first!.losses, 1)).toBeLessThan(1e-4);
  });
});
