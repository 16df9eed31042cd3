import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { maxError, read } from '../../testing/numbers';
import { copied, sizes, text } from '../../testing/stacks';
import { selectBackend } from '../backend/select';
import { MASKED } from '../ops/attention';
import { admin } from '../residual/methods/admin';
import { layerScale } from '../residual/methods/layerScale';
import { preLN } from '../residual/methods/preLN';
import { encoder } from './encoder';
import { fromConfig } from './fromConfig';
import { transformer } from './transformer';

beforeAll(async () => {
  await selectBackend('wasm');
});

describe('methods of one name', () => {
  const options = { ...sizes, vocabulary: 9, padId: 1, depth: 2 };

  it('keep their own options in a hybrid, and come back from JSON', () => {
    const made = transformer({
      ...options,
      method: { encoder: admin({ shape: 'scalar' }), decoder: admin() },
    });
    const shape = (path: string) => made.parameters().find((named) => named.path === path)!.parameter.shape;
    expect(shape('encoder.layers.0.selfAttention.omega')).toEqual([]);
    expect(shape('decoder.layers.0.selfAttention.omega')).toEqual([8]);
    const again = fromConfig(copied(made.config));
    expect(again.parameters().map(({ parameter }) => parameter.shape)).toEqual(
      made.parameters().map(({ parameter }) => parameter.shape),
    );
    made.dispose();
    again.dispose();
  });

  it('start from their own numbers', () => {
    const [low, high] = [layerScale({ initial: 0.25 }), layerScale({ initial: 0.5 })];
    const made = transformer({ ...options, method: { encoder: low, decoder: high } });
    const alpha = (stack: string) =>
      read(
        made.parameters().find(({ path }) => path === `${stack}.layers.1.feedForward.alpha`)!.parameter.value,
      );
    expect([alpha('encoder')[0], alpha('decoder')[0]]).toEqual([0.25, 0.5]);
    made.dispose();
  });
});

describe("a caller's mask", () => {
  it('is joined with that of the pads', () => {
    const made = encoder({ ...sizes, vocabulary: 9, padId: 1, depth: 1, method: preLN() }, 4);
    const hidden = (mask?: number[]) => {
      const own =
        mask &&
        tf.tensor4d(
          mask.map((x) => x * MASKED),
          [2, 1, 1, 4],
        );
      return read(made.call(text(), own ? { mask: own } : {}));
    };
    const pads = [0, 0, 0, 0, 0, 0, 1, 1];
    const plain = hidden();
    // The pads hidden once more change nothing; a token hidden does, and the pads stay hidden beside it.
    expect(hidden(pads)).toEqual(plain);
    const own = hidden([0, 1, 0, 0, 0, 0, 0, 0]);
    expect(maxError(own.slice(0, 32), plain.slice(0, 32))).toBeGreaterThan(1e-3);
    expect(own.slice(32)).toEqual(plain.slice(32));
    const wrong = tf.zeros<tf.Rank.R4>([1, 1, 1, 4]);
    expect(() => made.call(text(), { mask: wrong })).toThrow(
      'mask of encoder: received [1, 1, 1, 4], allowed [2, 1,',
    );
    made.dispose();
  });
});
