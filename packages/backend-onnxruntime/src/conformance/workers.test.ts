import { describe, expect, it } from 'vitest';
import { librariesHere, NONE } from '../blas/testing';
import { bundle, lastLine, run } from './child';

const libraries = librariesHere();

describe('worker threads', () => {
  it.each([['ONNX Runtime alone', 'none'], ...libraries])(
    'compute side by side, come and go, and let the process exit by itself: %s',
    async (_, blas) => {
      const script = await bundle('workers.entry.ts');
      const outcome = await run(script, [], { limit: 60_000, env: { STEADYFORMER_BLAS: blas } });
      const { received, expected } = lastLine<{ received: number[]; expected: number[] }>(outcome);
      expect(received.map((value, i) => Math.abs(value / expected[i]! - 1) < 1e-5)).toEqual(
        expected.map(() => true),
      );
      expect(outcome).toMatchObject({ code: 0, signal: null });
    },
    70_000,
  );

  if (libraries.length === 0) it.skip(NONE, () => {});
});
