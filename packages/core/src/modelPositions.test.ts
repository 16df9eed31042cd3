import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { maxError, read } from '../testing/numbers';
import { selectBackend } from './backend';
import { KeyValueCache } from './cache';
import { encoder } from './encoder';
import { type FullConfig, fromConfig } from './fromConfig';
import { languageModel } from './languageModel';
import type { AttentionPositions } from './layers/attentionPositions';
import { preLN } from './residual/methods/preLN';
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
  it('are there once', () => {
    const twice = {
      ...sizes,
      attentionPositions: 'rotary',
      positions: { kind: 'learned', length: 4 },
    } as const;
    expect(() => languageModel(twice)).toThrow(
      "received 'learned', allowed 'none' beside attentionPositions",
    );
    expect(() => languageModel({ ...sizes, positions: { kind: 'none' } })).toThrow(
      "received 'none', allowed",
    );
  });
});
