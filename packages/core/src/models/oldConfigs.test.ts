import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { fingerprint } from '../../testing/fingerprint';
import { maxError } from '../../testing/numbers';
import type { EncoderConfig } from './encoder';
import { fromConfig } from './fromConfig';
import type { LanguageModelConfig } from './languageModel';
import type { TransformerConfig } from './transformer';

// Written by fixtures/make_models.ts with the code of version 0.0.0.
const saved = JSON.parse(
  readFileSync(new URL('../../fixtures/models/version0.json', import.meta.url), 'utf8'),
) as {
  name: string;
  config: TransformerConfig | LanguageModelConfig | EncoderConfig;
  weights: string;
  first: number[];
}[];

describe('configs as version 0.0.0 saved them', () => {
  it.each(saved)('load as the same model: $name', async ({ config, weights, first }) => {
    await tf.setBackend('cpu');
    const now = await fingerprint(fromConfig(config, { seed: 5 }));
    expect(now.weights).toBe(weights);
    // The last bits of exp and the like are the engine's.
    expect(maxError(now.first, first)).toBeLessThan(1e-6);
  });
});
