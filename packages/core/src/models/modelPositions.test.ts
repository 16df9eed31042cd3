import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { maxError, read } from '../../testing/numbers';
import { selectBackend } from '../backend/select';
import { KeyValueCache } from '../context/cache';
import type { AttentionPositions } from '../layers/positionsFrom';
import { preLN } from '../residual/methods/preLN';
import { type Encoder, encoder } from './encoder';
import { type FullConfig, fromConfig } from './fromConfig';
import { languageModel } from './languageModel';
import { transformer } from './transformer';

const sizes = { vocabulary: 9, padId: 1, width: 8, heads: 2, depth: 2, method: preLN() };
const ids = (): tf.Tensor2D => tf.tensor2d([3, 3, 4, 3], [1, 4], 'int32');

beforeAll(async () => {
  await selectBackend('wasm');
});

describe.each<AttentionPositions>(['rotary', 'alibi', { kind: 'relative', buckets: 8 }])(
  'models with attentionPositions %j',
  (attentionPositions) => {
    it('tell equal tokens apart by attention alone, and decode the same with a cache', () => {
      const model = languageModel({ ...sizes, attentionPositions }, 3);
      expect(model.config.positions).toEqual({ kind: 'none' });
      const whole = model.call(ids());
      const rows = read(whole);
      expect(maxError(rows.slice(0, 9), rows.slice(27))).toBeGreaterThan(1e-3);
      const cache = new KeyValueCache();
      const steps = [0, 1, 2, 3].map((t) =>
        tf.tidy(() => model.logits(model.decode(tf.slice(ids(), [0, t], [1, 1]), { cache }))),
      );
      expect(maxError(read(tf.concat(steps, 1)), rows)).toBeLessThan(1e-5);
    });

    it('round-trip as JSON', () => {
      const models = [
        transformer({ ...sizes, attentionPositions }),
        languageModel({ ...sizes, attentionPositions }),
        encoder({ ...sizes, attentionPositions }),
      ];
      for (const { config } of models) {
        const again = fromConfig(JSON.parse(JSON.stringify(config)) as FullConfig);
        expect(again.config).toEqual(config);
        expect(again.config.attentionPositions).toEqual(attentionPositions);
      }
    });
  },
);

describe('positions of a model', () => {
  it('are not there twice', () => {
    const twice = {
      ...sizes,
      attentionPositions: 'rotary',
      positions: { kind: 'learned', length: 4 },
    } as const;
    expect(() => languageModel(twice)).toThrow(
      "received 'learned', allowed 'none' beside attentionPositions",
    );
  });

  it('may be none, as models of convolutions need: the order of the tokens is lost, and JSON keeps it so', () => {
    const bare = { ...sizes, positions: { kind: 'none' } } as const;
    const tokens = tf.tensor2d([3, 4, 5], [1, 3], 'int32');
    const reversed = tf.tensor2d([5, 4, 3], [1, 3], 'int32');
    const encoded = encoder(bare, 3);
    expect(
      maxError(rowsOf(encoded, tokens).flat(), rowsOf(encoded, reversed).toReversed().flat()),
    ).toBeLessThan(1e-6);
    const pairs = transformer(bare, 3);
    const target = tf.tensor2d([2, 6], [1, 2], 'int32');
    const read2 = (source: tf.Tensor2D): number[] => read(pairs.call({ source, target }));
    expect(maxError(read2(tokens), read2(reversed))).toBeLessThan(1e-6);
    const decoder = languageModel(bare, 3);
    const same = read(decoder.call(tf.tensor2d([3, 3, 3], [1, 3], 'int32')));
    expect(maxError(same.slice(0, 9), same.slice(18))).toBeLessThan(1e-6);
    for (const model of [encoded, pairs, decoder]) {
      const again = fromConfig(JSON.parse(JSON.stringify(model.config)) as FullConfig, { seed: 3 });
      expect(again.config.positions).toEqual({ kind: 'none' });
      expect(again.parameters().map(({ path }) => path)).toEqual(model.parameters().map(({ path }) => path));
    }
    const copy = fromConfig(encoded.config, { seed: 3 });
    expect(read(copy.call(tokens))).toEqual(read(encoded.call(tokens)));
  });
});

/** The vectors of the tokens, in order. */
const rowsOf = (model: Encoder, ids: tf.Tensor2D): number[][] => model.call(ids).arraySync()[0]!;
