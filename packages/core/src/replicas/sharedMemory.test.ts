import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { maxError, noise } from '../../testing/numbers';
import { registerReferenceKernels } from '../../testing/referenceKernels';
import { selectBackend } from '../backend/select';
import { reduceStretch, shareMemory, stretchOf } from './sharedMemory';

describe('stretchOf', () => {
  it.each([
    [1, 1],
    [10, 3],
    [1000, 3],
    [1003, 2],
    [64, 4],
  ])('divides %i elements among %i replicas without gap or overlap, at cache lines', (size, replicas) => {
    const memory = shareMemory(size, replicas);
    const stretches = Array.from({ length: replicas }, (_, rank) => stretchOf(memory, rank));
    let next = 0;
    for (const { from, to } of stretches) {
      expect(from).toBe(next);
      expect(to).toBeGreaterThanOrEqual(from);
      if (to < size) expect(to % 16).toBe(0);
      next = to;
    }
    expect(next).toBe(size);
  });
});

describe.each([false, true])('reduceStretch, by kernels: %s', (kernels) => {
  let undo = (): void => {};
  beforeAll(() => selectBackend('cpu'));
  afterEach(() => {
    undo();
    undo = () => {};
  });

  it.each([1, 2, 3])("adds up %i replicas' gradients into the first, and squares the sum", (replicas) => {
    const called = new Set<string>();
    if (kernels) undo = registerReferenceKernels((name) => called.add(name));
    const size = 1003;
    const memory = shareMemory(size, replicas);
    const gradients = memory.gradients.map((buffer, rank) => {
      const values = noise(size, rank + 1);
      new Float32Array(buffer).set(values);
      return values;
    });
    const expected = gradients[0]!.map((_, i) => gradients.reduce((sum, g) => sum + g[i]!, 0));
    let squares = 0;
    for (let rank = 0; rank < replicas; rank++) squares += reduceStretch(memory, stretchOf(memory, rank));
    expect(maxError(new Float32Array(memory.gradients[0]!), expected)).toBeLessThan(1e-6);
    const ofExpected = expected.reduce((sum, x) => sum + x * x, 0);
    expect(Math.abs(squares / ofExpected - 1)).toBeLessThan(1e-6);
    expect([...called]).toEqual(kernels ? [replicas > 1 ? 'SteadyAddInto' : 'SteadyNorm'] : []);
  });
});
