import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { leftovers, onBackends } from '../../testing/backends';
import { layerNormFormula } from '../../testing/formulas';
import { maxError, noise, read, variance } from '../../testing/numbers';
import { gated, swish } from '../ops/gated';
import { dropoutFactors, randomStream } from '../random/random';
import { FeedForward, type FeedForwardOptions } from './feedForward';

const [M, D, HIDDEN] = [3, 4, 6];
const make = (own: Partial<FeedForwardOptions> = {}): FeedForward =>
  new FeedForward({ width: D, hidden: HIDDEN, ...own }, randomStream(1));

const product = (x: number[], w: number[], rows: number, columns: number): number[] => {
  const inner = w.length / columns;
  return Array.from({ length: rows * columns }, (_, at) => {
    const [m, n] = [Math.floor(at / columns), at % columns];
    let sum = 0;
    for (let k = 0; k < inner; k++) sum += x[m * inner + k]! * w[k * columns + n]!;
    return sum;
  });
};

onBackends(() => {
  describe('FeedForward', () => {
    it('is act(x W_1) W_2 with biases that start at zero; dropout acts on the hidden layer', () => {
      const layer = make({ dropout: 0.4 });
      const random = randomStream(2);
      const numbers = noise(M * D, 1);
      const x = tf.tensor3d(numbers, [1, M, D]);
      const hidden = product(numbers, read(layer.inner.weight.value), M, HIDDEN).map((z) => Math.max(z, 0));
      const factors = dropoutFactors(random.fork('hidden').key, M * HIDDEN, 0.4);
      const outer = read(layer.outer.weight.value);
      const [still, dropped] = [layer.call(x, {}), layer.call(x, { training: true, random })];
      expect(maxError(read(still), product(hidden, outer, M, D))).toBeLessThan(1e-5);
      const expected = product(
        hidden.map((h, i) => h * factors[i]!),
        outer,
        M,
        D,
      );
      expect(maxError(read(dropped), expected)).toBeLessThan(1e-5);
      expect(leftovers(() => layer.call(x, { training: true, random }))).toBe(0);
      tf.dispose([x, still, dropped]);
      layer.dispose();
    });

    it('norms the hidden layer after its dropout where asked', () => {
      const layer = make({ dropout: 0.4, innerNorm: 'layer' });
      const random = randomStream(2);
      const numbers = noise(M * D, 1);
      const x = tf.tensor3d(numbers, [1, M, D]);
      const factors = dropoutFactors(random.fork('hidden').key, M * HIDDEN, 0.4);
      const hidden = product(numbers, read(layer.inner.weight.value), M, HIDDEN);
      const dropped = hidden.map((z, i) => Math.max(z, 0) * factors[i]!);
      const [ones, zeros] = [new Array<number>(HIDDEN).fill(1), new Array<number>(HIDDEN).fill(0)];
      const normed = layerNormFormula(dropped, ones, zeros, 1e-5);
      const y = layer.call(x, { training: true, random });
      expect(maxError(read(y), product(normed, read(layer.outer.weight.value), M, D))).toBeLessThan(1e-5);
      tf.dispose([x, y]);
      layer.dispose();
    });

    it.each(['glu', 'reglu', 'geglu', 'swiglu', 'swish'] as const)('has %s', (activation) => {
      const layer = make({ activation, hidden: HIDDEN });
      const x = tf.tensor3d(noise(M * D, 1), [1, M, D]);
      const pre = layer.inner.call(x);
      const gates = { glu: 'sigmoid', reglu: 'relu', geglu: 'gelu', swiglu: 'swish' } as const;
      const hidden = activation === 'swish' ? swish(pre) : gated(pre, gates[activation]);
      expect(pre.shape[2]).toBe(activation === 'swish' ? HIDDEN : 2 * HIDDEN);
      const [y, expected] = [layer.call(x, {}), layer.outer.call(hidden)];
      expect(read(y)).toEqual(read(expected));
      expect(leftovers(() => layer.call(x, {}))).toBe(0);
      tf.dispose([x, pre, hidden, y, expected]);
      layer.dispose();
    });

    it('starts a gate with the variance of two maps of their own', () => {
      const layer = new FeedForward({ width: 40, hidden: 60, activation: 'swiglu' }, randomStream(1));
      expect(variance(read(layer.inner.weight.value))).toBeCloseTo(2 / 100, 3);
      layer.dispose();
    });

    it('has gelu', () => {
      const [relu, gelu] = [make(), make({ activation: 'gelu' })];
      const x = tf.tensor3d(noise(M * D, 1), [1, M, D]);
      const [one, two] = [relu.call(x, {}), gelu.call(x, {})];
      expect(maxError(read(two), read(one))).toBeGreaterThan(0.01);
      tf.dispose([x, one, two]);
    });
  });
});

describe('FeedForward options', () => {
  it('scale the roles they name', () => {
    const [plain, scaled] = [make(), make({ gains: { inner: 2, outer: 3, value: 9 } })];
    const times = (factor: number, values: number[]): number[] => values.map((w) => factor * w);
    const read2 = (layer: FeedForward, role: 'inner' | 'outer'): number[] => read(layer[role].weight.value);
    expect(maxError(read2(scaled, 'inner'), times(2, read2(plain, 'inner')))).toBeLessThan(1e-6);
    expect(maxError(read2(scaled, 'outer'), times(3, read2(plain, 'outer')))).toBeLessThan(1e-6);
  });

  it.each<[Partial<FeedForwardOptions>, string]>([
    [
      { activation: 'tanh' as never },
      "feed-forward activation: received 'tanh', allowed 'relu', 'gelu', 'swish'",
    ],
    [{ dropout: -1 }, 'feed-forward dropout: received -1'],
    [{ hidden: 0 }, 'feed-forward hidden: received 0'],
  ])('%j', (own, message) => {
    expect(() => make(own)).toThrow(message);
  });

  it('tell which map reads the input', () => {
    const layer = make();
    expect(layer.inputProjections()).toEqual([layer.inner]);
  });
});
