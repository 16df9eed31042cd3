import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../../testing/backends';
import { noise, read } from '../../../testing/numbers';
import { placeAt } from '../../../testing/places';
import { lossAndGradient } from '../../autodiff/gradients';
import { type Encoder, encoder } from '../../models/encoder';
import { adam } from '../../optim/adam';
import { Optimizer } from '../../optim/optimizer';
import { methodTraining } from '../../training/methodTraining';
import { type LipschitzOptions, lipschitz } from './lipschitz';

const rms = (values: ArrayLike<number>): number =>
  Math.sqrt(Array.from(values).reduce((sum, value) => sum + value * value, 0) / values.length);

/** The most that a matrix [m, n] stretches a root mean square, by many power iterations of our own. */
const stretchOf = (matrix: tf.Tensor2D): number => {
  const [rows, columns] = matrix.shape;
  const w = read(matrix);
  let x = noise(rows, 5);
  let y: number[] = [];
  for (let i = 0; i < 200; i++) {
    y = Array.from({ length: columns }, (_, j) =>
      x.reduce((sum, value, k) => sum + value * w[k * columns + j]!, 0),
    );
    const scale = rms(y);
    x = Array.from({ length: rows }, (_, k) =>
      y.reduce((sum, value, j) => sum + (value / scale) * w[k * columns + j]!, 0),
    );
    const size = rms(x);
    x = x.map((value) => value / size);
  }
  y = Array.from({ length: columns }, (_, j) =>
    x.reduce((sum, value, k) => sum + value * w[k * columns + j]!, 0),
  );
  return rms(y) / rms(x);
};

/** What each matrix of a model stretches, those of one projection apart. */
const stretches = (model: Encoder): number[] =>
  model.parameters().flatMap(({ path, parameter }) => {
    if (!path.endsWith('.weight')) return [];
    const matrix = parameter.value as tf.Tensor2D;
    const parts = path.endsWith('queryKeyValue.weight')
      ? tf.split<tf.Tensor2D>(matrix, 3, 1)
      : [tf.clone(matrix)];
    const found = parts.map(stretchOf);
    tf.dispose(parts);
    return found;
  });

const trained = (options: LipschitzOptions): { model: Encoder; before: number[] } => {
  const model = encoder({
    vocabulary: 9,
    padId: 1,
    width: 8,
    heads: 2,
    depth: 1,
    method: lipschitz(options),
  });
  const rule = adam();
  const optimizer = new Optimizer(model.parameters(), rule, methodTraining(model, rule));
  const x = tf.tensor3d(noise(2 * 4 * 8, 3), [2, 4, 8]);
  optimizer.prepare();
  const before = stretches(model);
  for (const _ of Array(3)) {
    const { loss, gradient } = lossAndGradient(optimizer.trained, () =>
      tf.mean<tf.Scalar>(tf.square(model.call(x))),
    );
    optimizer.step(gradient, 0.3);
    tf.dispose([loss, gradient]);
  }
  optimizer.dispose();
  x.dispose();
  return { model, before };
};

onBackends(() => {
  describe.each<LipschitzOptions>([{}, { bound: 0.5 }, { constraint: 'normalize' }])(
    'lipschitz(%j)',
    (options) => {
      it('keeps every matrix within its bound, before training and after updates', () => {
        const { model, before } = trained(options);
        const bound = options.bound ?? 1;
        for (const stretch of [...before, ...stretches(model)]) expect(stretch).toBeLessThan(1.01 * bound);
        // Steps of 0.3 would have left it: some matrix stands at the bound.
        expect(Math.max(...stretches(model))).toBeGreaterThan(0.9 * bound);
        const table = read(
          model.parameters().find(({ path }) => path === 'embedding.table')!.parameter.value,
        );
        for (let row = 0; row < 9; row++)
          expect(Math.hypot(...table.slice(8 * row, 8 * row + 8))).toBeLessThan(1.0001);
        model.dispose();
      });
    },
  );
});

describe('lipschitz', () => {
  it('shares 1 between shortcut and branches by the depth', () => {
    const { residual } = lipschitz().plan(placeAt({ kind: 'feedForward' }));
    expect(residual).toEqual({
      shortcutScale: { kind: 'constant', value: 11 / 12 },
      branchScale: { kind: 'constant', value: 1 / 12 },
    });
    const attention = lipschitz().plan(placeAt({ kind: 'selfAttention' })).residual.branchScale;
    expect(attention).toEqual({ kind: 'constant', value: 1 / 12 / 3 });
  });

  it('names wrong options', () => {
    expect(() => lipschitz({ bound: 0 })).toThrow('lipschitz() bound: received 0, allowed numbers > 0');
    expect(() => lipschitz({ constraint: 'norm' as never })).toThrow("allowed 'cap', 'normalize'");
  });
});
