import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { maxError, read } from '../../testing/numbers';
import { placeAt } from '../../testing/places';
import { CrossAttention } from '../layers/crossAttention';
import { FeedForward } from '../layers/feedForward';
import type { InitGains } from '../layers/initializers';
import { SelfAttention } from '../layers/selfAttention';
import { randomStream } from '../random/random';
import type { Branch, SubLayerSpec } from '../residual/branch';
import { postLN } from '../residual/methods/postLN';
import { decoderBlock, encoderBlock } from './blocks';

const options = { width: 4, heads: 2, feedForward: 8 };
const branchOf = (spec: SubLayerSpec, initGains?: InitGains): Branch => {
  const plan = { ...postLN().plan(placeAt()), ...(initGains ? { initGains } : {}) };
  return spec.branch({ place: placeAt({ kind: spec.name }), width: 4, plan, random: randomStream(1) });
};

beforeAll(() => tf.setBackend('cpu'));

describe('blocks', () => {
  it('hold the branches of an encoder and of a decoder, in order', () => {
    expect(encoderBlock(options).map(({ name }) => name)).toEqual(['selfAttention', 'feedForward']);
    expect(decoderBlock(options).map(({ name }) => name)).toEqual([
      'selfAttention',
      'crossAttention',
      'feedForward',
    ]);
    expect(decoderBlock(options).map((spec) => branchOf(spec).constructor)).toEqual([
      SelfAttention,
      CrossAttention,
      FeedForward,
    ]);
  });

  it('are causal in the decoder only', () => {
    const x = tf.tensor3d([1, 2, 3, 4, 5, 6, 7, 8], [1, 2, 4]);
    const other = tf.tensor3d([1, 2, 3, 4, 8, 7, 6, 5], [1, 2, 4]);
    const firstRow = (specs: SubLayerSpec[], input: tf.Tensor3D): number[] =>
      read(branchOf(specs[0]!).call(input, {})).slice(0, 4);
    expect(firstRow(decoderBlock(options), other)).toEqual(firstRow(decoderBlock(options), x));
    expect(firstRow(encoderBlock(options), other)).not.toEqual(firstRow(encoderBlock(options), x));
  });

  it("pass a method's gains to the branches", () => {
    for (const [index, role, weights] of [
      [0, 'output', (b: Branch) => (b as SelfAttention).output.weight],
      [1, 'output', (b: Branch) => (b as CrossAttention).output.weight],
      [2, 'outer', (b: Branch) => (b as FeedForward).outer.weight],
    ] as const) {
      const spec = decoderBlock(options)[index]!;
      const [plain, scaled] = [branchOf(spec), branchOf(spec, { [role]: 3 })];
      const expected = read(weights(plain).value).map((w) => 3 * w);
      expect(maxError(read(weights(scaled).value), expected)).toBeLessThan(1e-6);
    }
  });

  it("refuse a method's options that a branch does not know", () => {
    const feedForward = decoderBlock(options)[2]!;
    const plan = { ...postLN().plan(placeAt()), branchOptions: { headScale: true } };
    const site = { place: placeAt({ kind: 'feedForward' }), width: 4, plan, random: randomStream(1) };
    expect(() => feedForward.branch(site)).toThrow(
      "branchOptions of encoder feedForward: unknown option 'headScale'",
    );
  });
});
