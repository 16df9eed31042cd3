import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../testing/backends';
import { checkOp } from '../../testing/checkOp';
import { mean, noise } from '../../testing/numbers';
import { encoder } from '../models/encoder';
import { ONE } from '../residual/residual';
import { summary } from '../summary/summary';
import { type NormFactory, normOf } from './norm';
import { rmsWithoutGain, unitNorm } from './normsWithoutGain';

const [M, D] = [3, 5];
const lengthOf = (row: readonly number[]): number => Math.hypot(...row);
const cases: readonly [NormFactory, (row: number[]) => number][] = [
  [unitNorm(), lengthOf],
  [rmsWithoutGain({ epsilon: 1e-2 }), (row) => Math.sqrt(lengthOf(row) ** 2 / D + 1e-2)],
];
const rowsOf = (x: number[]): number[][] => Array.from({ length: M }, (_, m) => x.slice(m * D, (m + 1) * D));

onBackends(() => {
  it.each(cases)('$name has its formula and gradient', (factory, divisor) => {
    const norm = normOf(factory, D);
    checkOp({
      inputs: [{ shape: [1, M, D], data: noise(M * D, 1) }],
      op: (x) => norm.call(x as tf.Tensor3D),
      formula: (x) => rowsOf(x!).flatMap((row) => row.map((value) => value / divisor(row))),
    });
  });
});

describe('norms without a gain', () => {
  it.each([unitNorm(), rmsWithoutGain()])(
    '$name trains nothing, and has the power that it states',
    (factory) => {
      const norm = normOf(factory, D);
      expect(norm.parameters()).toEqual([]);
      const x = tf.tensor3d(noise(M * D, 2, 7), [1, M, D]);
      const y = Array.from(norm.call(x).dataSync());
      expect(mean(y.map((value) => value * value))).toBeCloseTo(factory.outputPower!(D), 5);
    },
  );

  it('stand in a record, and in the formula by their names', async () => {
    const method = {
      name: 'own',
      options: {},
      plan: () => ({
        residual: { before: unitNorm(), after: rmsWithoutGain(), shortcutScale: ONE, branchScale: ONE },
      }),
    };
    const model = encoder({ width: 8, heads: 2, depth: 1, method });
    const { rows } = await summary(model);
    expect(rows[0]!.formula).toBe("x' = rmsWithoutGain(x + f(unit(x)))");
    model.dispose();
  });

  it('refuse what they do not know', () => {
    expect(() => unitNorm({ eps: 1 } as object)).toThrow("unitNorm(): unknown option 'eps'");
    expect(() => rmsWithoutGain({ epsilon: 0 })).toThrow(
      'rmsWithoutGain() epsilon: received 0, allowed numbers > 0',
    );
  });
});
