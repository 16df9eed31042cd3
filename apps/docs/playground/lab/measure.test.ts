import { selectBackend } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Choice } from '../methods';
import { NETWORKS } from '../sizes';
import { depthsOf, type MeasuredPoint, measure } from './measure';
import { theoryOf } from './theory';

beforeAll(() => selectBackend('cpu'));

const all = async (choice: Choice): Promise<(readonly MeasuredPoint[])[]> => {
  const found = [];
  for await (const points of measure(choice, 1)) found.push(points);
  return found;
};

describe('depthsOf()', () => {
  it('rise to the whole stack, twelve at most', () => {
    expect(depthsOf(4)).toEqual([1, 2, 3, 4]);
    const many = depthsOf(128);
    expect(many).toHaveLength(12);
    expect(many.at(-1)).toBe(128);
    expect(many.every((depth, i) => depth > (many[i - 1] ?? 0))).toBe(true);
  });
});

describe('measure()', () => {
  it.each(['postLN', 'admin', 'reZero'] as const)(
    '%s: agrees with theory, network after network',
    async (method) => {
      const tensors = tf.memory().numTensors;
      const rounds = await all({ method, depth: 4 });
      expect(tf.memory().numTensors).toBe(tensors);
      expect(rounds.map((points) => points[0]!.change.samples.length)).toEqual(
        Array.from({ length: NETWORKS }, (_, i) => i + 1),
      );
      const { outputChange } = theoryOf({ method, depth: 4 });
      for (const { depth, change } of rounds.at(-1)!) {
        const ratio = change.mean / outputChange[depth - 1]!;
        expect(ratio).toBeGreaterThan(0.7);
        expect(ratio).toBeLessThan(1.4);
      }
    },
  );

  it('leaves nothing behind where it is left early', async () => {
    const tensors = tf.memory().numTensors;
    for await (const _ of measure({ method: 'preLN', depth: 1 }, 1)) break;
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
