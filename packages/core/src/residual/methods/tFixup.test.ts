import { describe, expect, it } from 'vitest';
import { mean, read, variance } from '../../../testing/numbers';
import { placeAt } from '../../../testing/places';
import { transformer } from '../../models/transformer';
import { tFixup } from './tFixup';

describe('T-Fixup', () => {
  // 0.67 * 6^(-1/4), (9 * 6)^(-1/4)
  it.each([
    ['encoder', 0.42809],
    ['decoder', 0.3689],
  ] as const)('has no norm and in a 6-layer %s scales by %d', (stack, factor) => {
    const { residual, initGains } = tFixup().plan(placeAt({ stack }));
    expect(residual).toEqual({ shortcutScale: { kind: 'one' }, branchScale: { kind: 'one' } });
    expect(initGains!.output).toBeCloseTo(factor, 4);
    expect(initGains!.inner).toBe(initGains!.output);
    expect(initGains!.outer).toBe(initGains!.output);
    expect(initGains!.value! / initGains!.output!).toBeCloseTo(Math.SQRT2, 12);
    expect(initGains!.query).toBeUndefined();
  });

  it('scales the embeddings of each stack by its depth', () => {
    const model = transformer({
      ...{ vocabulary: 400, padId: 1, width: 32, heads: 4, feedForward: 32 },
      depth: { encoder: 1, decoder: 2 },
      method: tFixup(),
      tiedEmbeddings: false,
    });
    const deviation = (table: number[]): number => Math.sqrt(variance(table) * 32);
    expect(deviation(read(model.sourceEmbedding.table.value)) / 9 ** -0.25).toBeCloseTo(1, 1);
    expect(deviation(read(model.targetEmbedding.table.value)) / 18 ** -0.25).toBeCloseTo(1, 1);
    expect(deviation(read(model.outputEmbedding.table.value))).toBeCloseTo(1, 1);
    expect(Math.abs(mean(read(model.sourceEmbedding.table.value)))).toBeLessThan(0.01);
    model.dispose();
  });
});
