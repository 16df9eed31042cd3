import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { leftovers, onBackends } from '../../testing/backends';
import { maxError, noise, read } from '../../testing/numbers';
import { registerReferenceKernels } from '../../testing/referenceKernels';
import { lossAndGradient } from '../autodiff/gradients';
import { KeyValueCache } from '../context/cache';
import type { Context } from '../context/context';
import { randomStream } from '../random/random';
import { loadStateDict } from '../state/parameters';
import { CrossAttention } from './crossAttention';
import { rmsWithoutGain } from './normsWithoutGain';
import { type AttentionPositions, positionsFrom } from './positionsFrom';
import { queryKeyScale } from './queryKeyScale';
import { rotaryPositions } from './rotaryPositions';
import { SelfAttention, type SelfAttentionOptions } from './selfAttention';

type Own = Partial<Omit<SelfAttentionOptions, 'positions'>> & { readonly positions?: AttentionPositions };
/** As JSON has them. */
type Told = Omit<Own, 'queryKeyScale'> & { readonly queryKeyScale?: true };

const scaling = ({ queryKeyScale: asked, ...own }: Told): Own =>
  asked ? { ...own, queryKeyScale: queryKeyScale() } : own;

interface Case {
  readonly name: string;
  readonly options: Told;
  /** Of rotary positions, where another than the usual one. */
  readonly base?: number;
  readonly inputs: { readonly x: number[]; readonly memory?: number[] };
  readonly towards: number[];
  readonly weights: Readonly<Record<string, { readonly shape: number[]; readonly data: number[] }>>;
  readonly output: number[];
  readonly gradients: Readonly<Record<string, number[]>>;
}

// Written by fixtures/make_attention.py: PyTorch.
const { sizes, cases } = JSON.parse(
  readFileSync(new URL('../../fixtures/attentionOptions.json', import.meta.url)).toString(),
) as { readonly sizes: Readonly<Record<string, number>>; readonly cases: readonly Case[] };
const { width = 0, heads = 0, batch = 0, tokens = 0, read: seen = 0 } = sizes;
const self = ({ positions, ...own }: Own, base?: number): SelfAttention => {
  const scheme = base
    ? { positions: rotaryPositions({ base }) }
    : positions && { positions: positionsFrom(positions) };
  return new SelfAttention({ width, heads, ...own, ...scheme }, randomStream(1));
};
const cross = (own: Omit<Own, 'positions'>): CrossAttention =>
  new CrossAttention({ width, heads, ...own }, randomStream(1));

onBackends(() => {
  it.each(cases)("$name have PyTorch's output and gradients", ({ options, inputs, base, ...reference }) => {
    const layer = inputs.memory ? cross(scaling(options)) : self(scaling(options), base);
    loadStateDict(
      layer,
      Object.fromEntries(
        Object.entries(reference.weights).map(([path, { shape, data }]) => [
          path,
          { shape, data: Float32Array.from(data) },
        ]),
      ),
    );
    const x = tf.tensor3d(inputs.x, [batch, tokens, width]);
    const memory = inputs.memory && tf.tensor3d(inputs.memory, [batch, seen, width]);
    const context = memory ? { memory } : {};
    const towards = tf.tensor3d(reference.towards, x.shape);
    const loss = (input: tf.Tensor = x, within: Context = context): tf.Scalar =>
      tf.sum(tf.mul(layer.call(input as tf.Tensor3D, within), towards));

    const y = layer.call(x, context);
    expect(maxError(read(y), reference.output)).toBeLessThan(1e-5);
    const dx = tf.grad((input) => loss(input))(x);
    expect(maxError(read(dx), reference.gradients.x!), 'x').toBeLessThan(1e-5);
    if (memory) {
      const dMemory = tf.grad((each) => loss(x, { memory: each as tf.Tensor3D }))(memory);
      expect(maxError(read(dMemory), reference.gradients.memory!), 'memory').toBeLessThan(1e-5);
      dMemory.dispose();
    }
    const parameters = layer.parameters();
    const { gradient } = lossAndGradient(parameters, () => loss());
    const parts = tf.split(
      gradient,
      parameters.map(({ parameter }) => parameter.size),
    );
    for (const [i, { path }] of parameters.entries()) {
      expect(maxError(read(parts[i]!), reference.gradients[path]!), path).toBeLessThan(1e-5);
    }
    expect(leftovers(() => layer.call(x, context))).toBe(0);
    tf.dispose([x, towards, y, dx, gradient, ...parts, ...(memory ? [memory] : [])]);
    layer.dispose();
  });

  describe.each<Own>([
    { queryKeyNorm: 'rms', positions: 'rotary', keyValueHeads: 1 },
    { queryKeyNorm: rmsWithoutGain(), valueNorm: 'layer', positions: 'alibi' },
    { logitCap: 1.2, scale: 2, positions: { kind: 'relative', buckets: 4, maxDistance: 4 } },
    { logitCap: 0.4, valueNorm: 'rms' },
    { queryKeyScale: queryKeyScale(), headWidth: 6, bias: false, keyValueHeads: 1, positions: 'rotary' },
  ])('with a cache, %j', (options) => {
    it.each([false, true])('a step gives what the full pass does, by kernels: %s', (byKernels) => {
      const undo = byKernels ? registerReferenceKernels() : () => {};
      const layer = self({ ...options, causal: true });
      const x = tf.tensor3d(noise(batch * tokens * width, 1), [batch, tokens, width]);
      const whole = layer.call(x);
      const cache = new KeyValueCache();
      const steps = Array.from({ length: tokens }, (_, t) =>
        tf.tidy(() => layer.call(tf.slice(x, [0, t], [-1, 1]), { cache, path: 'a' })),
      );
      const joined = tf.concat(steps, 1);
      expect(maxError(read(joined), read(whole))).toBeLessThan(1e-5);
      cache.dispose();
      tf.dispose([x, whole, joined, ...steps]);
      layer.dispose();
      undo();
    });

    it.each([false, true])('and one to a memory, by kernels: %s', (byKernels) => {
      const undo = byKernels ? registerReferenceKernels() : () => {};
      const { positions: _, ...rest } = options;
      const layer = cross(rest);
      const memory = tf.tensor3d(noise(batch * seen * width, 2), [batch, seen, width]);
      const x = tf.tensor3d(noise(batch * width, 3), [batch, 1, width]);
      const cache = new KeyValueCache();
      const plain = layer.call(x, { memory });
      const cached = [1, 2].map(() => tf.tidy(() => layer.call(x, { memory, cache, path: 'a' })));
      for (const each of cached) expect(maxError(read(each), read(plain))).toBeLessThan(1e-5);
      cache.dispose();
      tf.dispose([x, memory, plain, ...cached]);
      layer.dispose();
      undo();
    });
  });
});

describe('options of attention', () => {
  it('have their norms under paths of their own, one for all heads', () => {
    const norms = [self, cross].map((make) =>
      make({ queryKeyNorm: 'rms', valueNorm: 'scale' })
        .parameters()
        .filter(({ path }) => path.includes('Norm'))
        .map(({ path, parameter }) => [path, parameter.size]),
    );
    const expected = [
      ['queryNorm.gain', width / heads],
      ['keyNorm.gain', width / heads],
      ['valueNorm.gain', 1],
    ];
    expect(norms).toEqual([expected, expected]);
  });

  it.each<[Own, string]>([
    [{ scale: 0 }, 'self-attention scale: received 0, allowed numbers > 0'],
    [{ scale: 'sqrt' as never }, "self-attention scale: received 'sqrt'"],
    [{ scale: { pwer: -1 } as never }, "self-attention scale: unknown option 'pwer', did you mean 'power'?"],
    [{ scale: {} as never }, 'self-attention scale.power: received undefined, allowed finite numbers'],
    [{ headWidth: 0 }, 'self-attention headWidth: received 0'],
    [{ logitCap: -1 }, 'self-attention logitCap: received -1, allowed numbers > 0'],
    [{ queryKeyNorm: 'batch' as never }, "norm: received 'batch', allowed 'layer', 'rms', 'scale'"],
  ])('%j are refused', (own, message) => {
    expect(() => self(own)).toThrow(message);
  });
});
