import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../testing/backends';
import { maxError, read } from '../../testing/numbers';
import { lossAndGradient, unflatten } from '../autodiff/gradients';
import { randomStream } from '../random/random';
import { loadStateDict } from '../state/parameters';
import { SelfAttention } from './selfAttention';

interface Layer {
  readonly causal: boolean;
  readonly weights: Readonly<Record<'q' | 'k' | 'v' | 'o', number[]>>;
  readonly table: number[];
  readonly x: number[];
  readonly towards: number[];
  readonly output: number[];
  readonly tableGradient: number[];
}

// Written by fixtures/make_relative.py: transformers' T5.
const { sizes, layers } = JSON.parse(
  readFileSync(new URL('../../fixtures/relative.json', import.meta.url)).toString(),
) as {
  readonly sizes: {
    width: number;
    heads: number;
    batch: number;
    tokens: number;
    buckets: number;
    maxDistance: number;
  };
  readonly layers: readonly Layer[];
};
const { width: D, heads, batch, tokens, buckets, maxDistance } = sizes;

/** The layer with T5's weights: our scores are divided by sqrt(Dh), so the queries are multiplied. */
const build = ({ causal, weights, table }: Layer): SelfAttention => {
  const positions = { kind: 'relative', buckets, maxDistance } as const;
  const layer = new SelfAttention({ width: D, heads, causal, positions }, randomStream(1));
  const { q, k, v, o } = weights;
  const fused = Array.from({ length: D }, (_, row) => {
    const part = (matrix: number[]): number[] => matrix.slice(row * D, (row + 1) * D);
    return [...part(q).map((value) => value * Math.sqrt(D / heads)), ...part(k), ...part(v)];
  });
  const entry = (data: number[], ...shape: number[]) => ({ shape, data: Float32Array.from(data) });
  loadStateDict(layer, {
    'queryKeyValue.weight': entry(fused.flat(), D, 3 * D),
    'queryKeyValue.bias': entry(new Array(3 * D).fill(0), 3 * D),
    'output.weight': entry(o, D, D),
    'output.bias': entry(new Array(D).fill(0), D),
    relativeTable: entry(table, buckets, heads),
  });
  return layer;
};

onBackends(() => {
  describe.each(layers)("T5's self-attention (causal: $causal)", (reference) => {
    it('has the same output, and the same gradient of the table', () => {
      const layer = build(reference);
      const shape: [number, number, number] = [batch, tokens, D];
      const [x, towards] = [tf.tensor3d(reference.x, shape), tf.tensor3d(reference.towards, shape)];
      const y = layer.call(x, {});
      expect(maxError(read(y), reference.output)).toBeLessThan(1e-5);
      const parameters = layer.parameters();
      const { loss, gradient } = lossAndGradient(parameters, () =>
        tf.sum(tf.mul(layer.call(x, {}), towards)),
      );
      const shapes = parameters.map(({ parameter }) => parameter.shape);
      const table = unflatten(gradient, shapes)[
        parameters.findIndex(({ path }) => path === 'relativeTable')
      ]!;
      expect(maxError(read(table), reference.tableGradient)).toBeLessThan(1e-5);
      tf.dispose([x, towards, y, loss, gradient, table]);
      layer.dispose();
    });
  });
});
