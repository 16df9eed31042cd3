import { selectBackend } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { anyKind, batchFor, kindNames, kinds } from '../../testing/models';
import { type Profile, profile } from '..';

const flat = (made: Profile): number[] =>
  Object.values(made.stacks).flatMap((branches) => branches.map(({ omega }) => omega));

/** Those that every clone has, and what the environment names beside them. */
const backends = new Set([
  ...['cpu', 'wasm', 'onnxruntime'],
  ...(process.env.STEADYFORMER_TEST_BACKENDS?.split(',') ?? []),
]);

describe('profiles on several backends', () => {
  it.each(kindNames)('of a %s agree to 1e-4', async (kind) => {
    const found: number[][] = [];
    for (const backend of backends) {
      await selectBackend(backend);
      const model = kinds[kind]({ dropout: 0.1, depth: 3 });
      const batch = batchFor(model, 1, 2);
      found.push(flat(await profile(anyKind(model), [batch])));
      tf.dispose(batch);
      model.dispose();
    }
    await selectBackend();
    const [first, ...others] = found;
    expect(first!.at(-1)).toBeGreaterThan(1.2);
    for (const other of others) {
      for (const [i, omega] of other.entries()) expect(Math.abs(omega - first![i]!)).toBeLessThan(1e-4);
    }
  });
});
