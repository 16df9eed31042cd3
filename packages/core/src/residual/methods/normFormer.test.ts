import { describe, expect, it } from 'vitest';
import { placeAt } from '../../../testing/places';
import { transformer } from '../../models/transformer';
import { normFormer } from './normFormer';

describe('NormFormer', () => {
  it.each(['selfAttention', 'crossAttention'])('norms the output of %s and scales its heads', (kind) => {
    const { residual, branchOptions } = normFormer().plan(placeAt({ kind }));
    expect(residual).toMatchObject({ before: 'layer', inside: 'layer', shortcutScale: { kind: 'one' } });
    expect(branchOptions).toEqual({ headScale: true });
  });

  it('norms inside the feed-forward and scales its shortcut', () => {
    const place = placeAt({ kind: 'feedForward', endsBlock: true });
    const { residual, branchOptions } = normFormer().plan(place);
    expect(residual).toEqual({
      before: 'layer',
      shortcutScale: { kind: 'vector', initial: 1 },
      branchScale: { kind: 'one' },
    });
    expect(branchOptions).toEqual({ innerNorm: 'layer' });
    const bare = normFormer({ residualScale: false }).plan(place).residual;
    expect(bare.shortcutScale).toEqual({ kind: 'one' });
  });

  it('has the parameters of its parts', () => {
    const model = transformer({
      vocabulary: 9,
      padId: 1,
      width: 8,
      heads: 2,
      depth: 1,
      method: normFormer(),
    });
    const shapes = Object.fromEntries(
      model.parameters().map(({ path, parameter }) => [path, parameter.shape]),
    );
    const layer = 'decoder.layers.0';
    expect(shapes[`${layer}.selfAttention.branch.headScale`]).toEqual([2]);
    expect(shapes[`${layer}.crossAttention.branch.headScale`]).toEqual([2]);
    expect(shapes[`${layer}.selfAttention.inside.gain`]).toEqual([8]);
    expect(shapes[`${layer}.feedForward.branch.innerNorm.gain`]).toEqual([32]);
    expect(shapes[`${layer}.feedForward.omega`]).toEqual([8]);
    expect(shapes['decoder.finalNorm.gain']).toEqual([8]);
    model.dispose();
  });
});
