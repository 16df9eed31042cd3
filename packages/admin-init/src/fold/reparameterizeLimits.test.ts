import { admin, encoder, type LanguageModel, type ResidualMethod, selectBackend } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { kinds } from '../../testing/models';
import { FeedForwardOnly } from '../../testing/ownStack';
import { reparameterize } from '..';

beforeAll(async () => {
  await selectBackend();
});

describe('reparameterize', () => {
  it('refuses a zero omega, naming path and feature', async () => {
    const model = kinds.transformer();
    const { omega } = model.decoder.subLayers()[2]!.subLayer;
    omega!.assign(tf.tensor1d([1, 1, 0, ...new Array<number>(13).fill(1)]));
    await expect(reparameterize(model)).rejects.toThrow(
      'omega of decoder.layers.0.feedForward is 0 at feature 2',
    );
  });

  it('refuses what has no embedding, or no config to be rebuilt from', async () => {
    const streams = encoder({ width: 16, heads: 4, depth: 2, method: admin() });
    await expect(reparameterize(streams)).rejects.toThrow('an encoder of streams, which has no embedding');
    const own = new FeedForwardOnly({ width: 8, hidden: 16 }) as unknown as LanguageModel;
    await expect(reparameterize(own)).rejects.toThrow('a model of your own, which cannot be rebuilt');
    await expect(reparameterize(kinds.encoder(), { maxLenght: 3 } as object)).rejects.toThrow(
      "unknown option 'maxLenght', did you mean 'maxLength'",
    );
  });

  it('refuses a method of which more than Post-LN would remain', async () => {
    const method = {
      name: 'rmsAdmin',
      options: {},
      plan: () => ({
        residual: {
          after: 'rms' as const,
          shortcutScale: { kind: 'vector' as const, initial: 1 },
          branchScale: { kind: 'one' as const },
        },
      }),
    };
    await expect(reparameterize(kinds.languageModel({ method }))).rejects.toThrow(
      'without omega, decoder.layers.0.selfAttention is not Post-LN',
    );
    // Post-LN has no place for what a method changes within branches.
    const capped: ResidualMethod = {
      ...admin(),
      plan: (place) => ({ ...admin().plan(place), branchOptions: { innerNorm: 'layer' } }),
    };
    await expect(reparameterize(kinds.languageModel({ method: capped }))).rejects.toThrow(
      'without omega, decoder.layers.0.selfAttention is not Post-LN',
    );
  });
});
