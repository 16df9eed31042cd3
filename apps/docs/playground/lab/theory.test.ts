import { type InputDescription, measureBranches } from '@steadyformer/analysis';
import { mean, selectBackend } from '@steadyformer/core';
import { beforeAll, describe, expect, it } from 'vitest';
import { METHOD_NAMES } from '../methods';
import { INPUT, measuredBatch, measuredNetwork } from './networks';
import { growthOf, theoryOf } from './theory';

beforeAll(() => selectBackend('cpu'));

describe('theoryOf()', () => {
  it.each(METHOD_NAMES)('%s has a unit row of dependencies for every branch', (method) => {
    const { paths, dependency, outputChange } = theoryOf({ method, depth: 3 });
    expect(paths).toHaveLength(6);
    expect(dependency.map((row) => row.length)).toEqual([2, 3, 4, 5, 6, 7]);
    for (const row of dependency) expect(row.reduce((sum, beta) => sum + beta ** 2, 0)).toBeCloseTo(1, 9);
    for (const change of outputChange) expect(change).toBeGreaterThan(0);
  });

  it('has the recent branches weigh more in Post-LN than in Admin, and its output change grow faster', () => {
    const [post, admin] = (['postLN', 'admin'] as const).map((method) => theoryOf({ method, depth: 32 }));
    expect(post!.dependency.at(-1)!.at(-1)).toBeGreaterThan(3 * admin!.dependency.at(-1)!.at(-1)!);
    expect(post!.outputChange.at(-1)).toBeGreaterThan(4 * admin!.outputChange.at(-1)!);
  });
});

describe('growthOf()', () => {
  it('is the class of the paper', () => {
    expect(growthOf('postLN').notation).toBe('O(N)');
    expect(growthOf('preLN').notation).toBe('O(log N)');
    expect(growthOf('admin').notation).toBe('O(log N)');
    expect(growthOf('deepNorm').notation).toBe('O(1)');
  });
});

describe('the input that theory is told', () => {
  it('has the moments of the batches that are measured', async () => {
    const inputs: InputDescription[] = [];
    for (const seed of [1, 2, 3, 4, 5, 6]) {
      const batch = measuredBatch(seed);
      const model = await measuredNetwork({ method: 'postLN', depth: 1 }, seed, batch);
      inputs.push((await measureBranches(model, batch)).input.encoder!);
      model.dispose();
      batch.dispose();
    }
    const of = (key: 'variance' | 'secondMoment' | 'correlation'): number =>
      mean(inputs.map((input) => input[key]!)) / INPUT[key]!;
    expect(of('variance')).toBeCloseTo(1, 1);
    expect(of('secondMoment')).toBeCloseTo(1, 1);
    expect(of('correlation')).toBeCloseTo(1, 0);
  });
});
