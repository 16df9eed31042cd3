import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { leftovers, onBackends } from '../../testing/backends';
import { maxError, noise, read } from '../../testing/numbers';
import { KeyValueCache } from '../context/cache';
import { languageModel } from '../models/languageModel';
import { randomStream } from '../random/random';
import { withBranchOptions } from '../residual/branchOptions';
import { valueResidual } from '../residual/methods/valueResidual';
import { FeedForward } from './feedForward';
import { firstValues, valuesOf } from './firstValues';
import { rotaryPositions } from './rotaryPositions';
import { SelfAttention, type SelfAttentionOptions } from './selfAttention';

const [B, T, D] = [2, 3, 8];
const attention = (own: Partial<SelfAttentionOptions> = {}): SelfAttention =>
  new SelfAttention({ width: D, heads: 4, keyValueHeads: 2, ...own }, randomStream(1));

onBackends(() => {
  it('attends a v + b v_1', () => {
    const plain = attention();
    const mixed = attention({ valueMix: firstValues({ own: 2, first: 0, trained: false }) });
    const first = attention({ valueMix: firstValues({ own: 0, first: 1, trained: false }) });
    const x = tf.tensor3d(noise(B * T * D, 1), [B, T, D]);
    const handed = valuesOf(plain, x);
    expect(handed.shape).toEqual([B, T, 4]);
    const [alone, twice, same] = [plain.call(x), mixed.call(x, { handed }), first.call(x, { handed })];
    expect(maxError(read(same), read(alone))).toBeLessThan(1e-6);
    // The output's bias is 0, and the rest linear in the values.
    expect(
      maxError(
        read(twice),
        read(alone).map((value) => 2 * value),
      ),
    ).toBeLessThan(1e-6);
    expect(leftovers(() => mixed.call(x, { handed }))).toBe(0);
    expect(leftovers(() => valuesOf(plain, x))).toBe(0);
    tf.dispose([x, handed, alone, twice, same]);
    for (const module of [plain, mixed, first]) module.dispose();
  });
});

describe('values of an earlier attention', () => {
  it('have their norm, and no turn', () => {
    const turned = attention({ positions: rotaryPositions(), valueNorm: 'rms' });
    const normed = attention({ valueNorm: 'rms' });
    const x = tf.tensor3d(noise(B * T * D, 1), [B, T, D]);
    const [one, other] = [valuesOf(turned, x), valuesOf(normed, x)];
    expect(read(one)).toEqual(read(other));
    const squares = read(one).map((value) => value ** 2);
    expect(squares[0]! + squares[1]!).toBeCloseTo(2, 3);
    tf.dispose([x, one, other]);
    turned.dispose();
    normed.dispose();
  });

  it('are kept by a cache as they are attended, with grouped queries and turns', () => {
    const method = withBranchOptions(valueResidual(), { selfAttention: { queryKeyNorm: 'rms' } });
    const model = languageModel({
      ...{ vocabulary: 11, width: 8, heads: 4, keyValueHeads: 2, depth: 3, method },
      attentionPositions: 'rotary',
    });
    const ids = [4, 7, 5, 9];
    const cache = new KeyValueCache();
    const [whole, stepped] = tf.tidy(() => [
      read(model.call(tf.tensor2d(ids, [1, 4], 'int32'))),
      ids.flatMap((id) => read(model.call(tf.tensor2d([id], [1, 1], 'int32'), { cache }))),
    ]);
    expect(maxError(stepped, whole)).toBeLessThan(1e-5);
    cache.dispose();
    model.dispose();
  });

  it('have to be there, and to fit', () => {
    const mixed = attention({ valueMix: firstValues() });
    const x = tf.zeros<tf.Rank.R3>([B, T, D]);
    expect(() => mixed.call(x, { path: 'here' })).toThrow("self-attention at 'here' needs context.handed");
    expect(() => mixed.call(x, { handed: x })).toThrow('received [2, 3, 8], allowed values [2, 3, 4]');
    const feedForward = new FeedForward({ width: D, hidden: 8 }, randomStream(1));
    expect(() => valuesOf(feedForward, x)).toThrow('allowed a SelfAttention');
    expect(() => firstValues({ owns: 1 } as never)).toThrow("did you mean 'own'");
    expect(() => firstValues({ first: Number.NaN })).toThrow('firstValues() first: received NaN');
    x.dispose();
    mixed.dispose();
    feedForward.dispose();
  });
});
