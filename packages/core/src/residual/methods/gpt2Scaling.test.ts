import { describe, expect, it } from 'vitest';
import { placeAt } from '../../../testing/places';
import { gpt2Scaling } from './gpt2Scaling';
import { preLN } from './preLN';

describe('GPT-2 scaling', () => {
  it('is Pre-LN with the last weights of a branch times N^(-1/2)', () => {
    expect(gpt2Scaling().plan(placeAt({ branches: 16 }))).toEqual({
      ...preLN().plan(placeAt()),
      initGains: { output: 0.25, outer: 0.25 },
    });
  });
});
