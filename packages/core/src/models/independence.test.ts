import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { mean, read, variance } from '../../testing/numbers';
import { selectBackend } from '../backend/select';
import type { Context } from '../context/context';
import { randomStream } from '../random/random';
import { postLN } from '../residual/methods/postLN';
import { type Transformer, transformer } from './transformer';

// Everything random of a model is drawn from streams of its own: a path shared by mistake would show as correlation.

const make = (seed = 1): Transformer =>
  transformer(
    {
      ...{ vocabulary: 64, padId: 1, width: 16, heads: 2, feedForward: 32, depth: 3, method: postLN() },
      ...{ tiedEmbeddings: false, dropout: { residual: 0.5, attention: 0.5, activation: 0.5 } },
    },
    seed,
  );

const correlation = (a: readonly number[], b: readonly number[]): number => {
  const n = Math.min(a.length, b.length);
  const [x, y] = [a.slice(0, n), b.slice(0, n)];
  const covariance = mean(x.map((value, i) => value * y[i]!)) - mean(x) * mean(y);
  return covariance / Math.sqrt(variance(x) * variance(y));
};

/** The largest correlation of any two. */
const worst = (all: readonly (readonly number[])[]): number =>
  Math.max(...all.flatMap((a, i) => all.slice(i + 1).map((b) => Math.abs(correlation(a, b)))));

beforeAll(async () => {
  await selectBackend('wasm');
});

describe('initial weights', () => {
  it('of all matrices of a model, and of two seeds, are independent', () => {
    const models = [make(1), make(2)];
    const matrices = models.flatMap((model) =>
      model
        .parameters()
        .filter(({ parameter }) => parameter.shape.length === 2)
        .map(({ parameter }) => read(parameter.value)),
    );
    expect(matrices.length).toBe(2 * (3 + 3 * 4 + 3 * 7));
    // 256 to 1024 numbers in common: a deviation of up to 0.06, over some 2500 pairs.
    expect(worst(matrices)).toBeLessThan(0.35);
    for (const model of models) model.dispose();
  });
});

describe('dropout', () => {
  /** What each residual of a training step drops: the zeros of its branch. */
  const dropped = (model: Transformer, context: Context): number[][] => {
    const zeros: number[][] = [];
    const ids = (start: number): tf.Tensor2D =>
      tf.tensor2d(
        Array.from({ length: 32 }, (_, i) => 2 + ((start + 7 * i) % 60)),
        [4, 8],
        'int32',
      );
    tf.tidy(() => {
      const join = ({ branch }: { branch: tf.Tensor3D }): void => {
        zeros.push(read(branch).map((value) => (value === 0 ? 1 : 0)));
      };
      model.call({ source: ids(0), target: ids(5) }, { ...context, training: true, probe: { join } });
    });
    return zeros;
  };

  it('is independent from sub-layer to sub-layer and from step to step, and the same at the same step', () => {
    const model = make();
    const step = (n: number): number[][] => dropped(model, { random: randomStream(1).fork(n) });
    const masks = [...step(1), ...step(2)];
    expect(masks.length).toBe(2 * (3 * 2 + 3 * 3));
    for (const mask of masks) expect(Math.abs(mean(mask) - 0.5)).toBeLessThan(0.1);
    expect(worst(masks)).toBeLessThan(0.25);
    expect(step(1)).toEqual(masks.slice(0, 15));
    model.dispose();
  });
});
