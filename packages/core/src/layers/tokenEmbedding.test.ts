import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { leftovers, onBackends } from '../../testing/backends';
import { maxError, read } from '../../testing/numbers';
import { sinusoidalPositions } from '../ops/sinusoidalPositions';
import { randomStream } from '../random/random';
import { TokenEmbedding, type TokenEmbeddingOptions } from './tokenEmbedding';

const PAD = 1;
const D = 4;
const options: TokenEmbeddingOptions = { vocabulary: 6, width: D, padId: PAD };
const make = (own: Partial<TokenEmbeddingOptions> = {}): TokenEmbedding =>
  new TokenEmbedding({ ...options, ...own }, randomStream(1));

const sequence = [3, 2, PAD, 5, 4, 3];
const ids = (): tf.Tensor2D => tf.tensor2d(sequence, [2, 3], 'int32');

/** sqrt(D) E[id] + P[t], P given by rows, nothing added at pads. */
const expected = (table: number[], position: (t: number) => number[]): number[] =>
  sequence.flatMap((id, at) => {
    const row = table.slice(id * D, (id + 1) * D).map((value) => value * Math.sqrt(D));
    return id === PAD ? row : row.map((value, d) => value + position(at % 3)[d]!);
  });

onBackends(() => {
  describe('TokenEmbedding', () => {
    it.each([0, 7])(
      'counts sinusoidal positions from padId + 1, the first token being number %d',
      (start) => {
        const layer = make();
        const batch = ids();
        const y = layer.call(batch, {}, start);
        const positions = sinusoidalPositions(3, D, PAD + 1 + start);
        const rows = read(positions);
        const wanted = expected(read(layer.table.value), (t) => rows.slice(t * D, (t + 1) * D));
        expect(y.shape).toEqual([2, 3, D]);
        expect(maxError(read(y), wanted)).toBeLessThan(1e-6);
        expect(read(y).slice(2 * D, 3 * D)).toEqual([0, 0, 0, 0]);
        expect(leftovers(() => layer.call(batch, {}, start))).toBe(0);
        tf.dispose([batch, y, positions]);
        layer.dispose();
      },
    );

    it('counts learned positions from 0, and says when they end', () => {
      const layer = make({ positions: { kind: 'learned', length: 4 } });
      const batch = ids();
      const y = layer.call(batch, {}, 1);
      const rows = read(layer.positionTable!.value);
      const wanted = expected(read(layer.table.value), (t) => rows.slice((t + 1) * D, (t + 2) * D));
      expect(maxError(read(y), wanted)).toBeLessThan(1e-6);
      expect(() => layer.call(batch, {}, 2)).toThrow(
        'tokens in a sentence: received 5, allowed up to the 4 learned positions',
      );
      tf.dispose([batch, y]);
      layer.dispose();
    });

    it('gives zeros for pads whose row is not finite, with no gradient; that of the others stays', () => {
      const [layer, broken] = [make(), make()];
      const values = read(layer.table.value);
      for (let d = 0; d < D; d++) values[PAD * D + d] = [Number.NaN, Number.POSITIVE_INFINITY][d % 2]!;
      broken.table.assign(tf.tensor2d(values, [6, D]));
      const batch = ids();
      const [y, expected] = [broken.call(batch, {}), layer.call(batch, {})];
      expect(read(y)).toEqual(read(expected));
      expect(leftovers(() => broken.call(batch, {}))).toBe(0);
      const slopes = tf.variableGrads(
        () => tf.sum(tf.square(broken.call(batch, {}))),
        [broken.table.variable],
      );
      const [slope] = Object.values(slopes.grads);
      expect(read(slope!).every(Number.isFinite)).toBe(true);
      expect(read(slope!).slice(PAD * D, (PAD + 1) * D)).toEqual([0, 0, 0, 0]);
      tf.dispose([batch, y, expected, slopes.value, slopes.grads]);
      layer.dispose();
      broken.dispose();
    });

    it('keeps a learned position from pads, whatever it holds', () => {
      const layer = make({ positions: { kind: 'learned', length: 3 } });
      const rows = [...new Array(2 * D).fill(0), ...new Array(D).fill(Number.POSITIVE_INFINITY)];
      layer.positionTable!.assign(tf.tensor2d(rows, [3, D]));
      const batch = tf.tensor2d([3, 2, PAD], [1, 3], 'int32');
      const y = layer.call(batch, {});
      expect(read(y).slice(2 * D)).toEqual([0, 0, 0, 0]);
      const slopes = tf.variableGrads(() => tf.sum(layer.call(batch, {})), [layer.positionTable!.variable]);
      const [slope] = Object.values(slopes.grads);
      expect(read(slope!)).toEqual([...new Array(2 * D).fill(1), ...new Array(D).fill(0)]);
      tf.dispose([batch, y, slopes.value, slopes.grads]);
      layer.dispose();
    });

    it('takes no more kernels for positions of a table than for sinusoids, its slice apart', async () => {
      const names = async (own: Partial<TokenEmbeddingOptions>): Promise<string[]> => {
        const [layer, batch] = [make(own), ids()];
        const { kernelNames } = await tf.profile(() => tf.tidy(() => void layer.call(batch)));
        batch.dispose();
        layer.dispose();
        return kernelNames;
      };
      const sinusoids = await names({});
      const table = await names({ positions: { kind: 'learned', length: 3 } });
      expect(table.filter((name) => !sinusoids.includes(name) && name !== 'Slice')).toEqual([]);
    });

    it('counts interleaved sinusoids from 0', () => {
      const layer = make({ positions: { kind: 'sinusoidal', layout: 'interleaved' } });
      const batch = ids();
      const y = layer.call(batch, {}, 2);
      // Frequencies 1 and 1 / 100 at width 4; the first token is number 2.
      const waves = (t: number): number[] => [
        Math.sin(t + 2),
        Math.cos(t + 2),
        Math.sin((t + 2) / 100),
        Math.cos((t + 2) / 100),
      ];
      expect(maxError(read(y), expected(read(layer.table.value), waves))).toBeLessThan(1e-6);
      tf.dispose([batch, y]);
      layer.dispose();
    });

    it('drops out where told, only when training', () => {
      const layer = make({ dropout: 0.5 });
      const batch = ids();
      const [still, dropped] = [
        layer.call(batch, {}),
        layer.call(batch, { training: true, random: randomStream(3) }),
      ];
      const [before, after] = [read(still), read(dropped)];
      const kept = after.filter((value) => value !== 0).length;
      expect(kept).toBeGreaterThan(3);
      expect(kept).toBeLessThan(20);
      for (const [i, value] of after.entries()) {
        if (value !== 0) expect(value / before[i]!).toBeCloseTo(2, 3);
      }
      tf.dispose([batch, still, dropped]);
      layer.dispose();
    });

    it('gives logits by its table', () => {
      const layer = make();
      const x = tf.tensor3d([1, 0, 0, 0], [1, 1, D]);
      const logits = layer.logits(x);
      expect(logits.shape).toEqual([1, 1, 6]);
      expect(read(logits)).toEqual(read(layer.table.value).filter((_, at) => at % D === 0));
      tf.dispose([x, logits]);
      layer.dispose();
    });

    it.each([-1, 6])('names id %d, which has no row, and the place', (id) => {
      const layer = make();
      const batch = tf.tensor2d([2, id], [1, 2], 'int32');
      expect(() => layer.call(batch, { path: 'sourceEmbedding' })).toThrow(
        `token id at 'sourceEmbedding': received ${id}, allowed 0 to 5.`,
      );
      batch.dispose();
      layer.dispose();
    });

    it('refuses ids that are no [batch, time] of int32', () => {
      const layer = make();
      const floats = tf.tensor2d([2, 3], [1, 2]);
      const flat = tf.tensor1d([2, 3], 'int32') as unknown as tf.Tensor2D;
      expect(() => layer.call(floats, {})).toThrow(
        'received float32 of shape [1, 2], expected int32 [batch, time]',
      );
      expect(() => layer.call(flat, {})).toThrow('received int32 of shape [2]');
      tf.dispose([floats, flat]);
      layer.dispose();
    });
  });
});

describe('bad options', () => {
  it.each<[Partial<TokenEmbeddingOptions>, string]>([
    [{ padId: 6 }, 'padId: received 6, allowed ids below the vocabulary of 6'],
    [{ padId: -1 }, 'padId: received -1'],
    [{ vocabulary: 0 }, 'vocabulary: received 0'],
    [{ width: 2.5 }, 'width: received 2.5'],
    [{ dropout: 1 }, 'dropout: received 1'],
    [
      { positions: { kind: 'rotary' } as never },
      "positions.kind: received 'rotary', allowed 'none', 'sinusoidal', 'learned'",
    ],
    [{ positions: { kind: 'learned', length: 0 } }, 'positions.length: received 0'],
    [
      { positions: { kind: 'sinusoidal', layout: 'halfs' } as never },
      "positions.layout: received 'halfs', allowed 'halves', 'interleaved'",
    ],
    [
      { positions: { kind: 'sinusoidal', lenght: 3 } as never },
      "positions: unknown option 'lenght', did you mean",
    ],
    [
      { positions: { kind: 'learned', lenght: 3 } as never },
      "positions: unknown option 'lenght', did you mean 'length'?",
    ],
  ])('%j', (own, message) => {
    expect(() => make(own)).toThrow(message);
  });
});
