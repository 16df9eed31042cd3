import { describe, expect, it } from 'vitest';
import { placeAt } from '../../../testing/places';
import { encoder } from '../../models/encoder';
import { reorderedNorm } from './reorderedNorm';

describe('reordered norm', () => {
  it('norms what a branch gives, and nothing that it reads', () => {
    expect(reorderedNorm().plan(placeAt())).toEqual({
      residual: { inside: 'rms', shortcutScale: { kind: 'one' }, branchScale: { kind: 'one' } },
    });
  });

  it('ends with the same norm, once a stack', () => {
    const sizes = { vocabulary: 9, padId: 1, width: 8, heads: 2, depth: 2 };
    const model = encoder({ ...sizes, method: reorderedNorm({ norm: 'layer' }) });
    const norms = model.parameters().flatMap(({ path }) => (path.endsWith('.bias') ? [path] : []));
    expect(norms.filter((path) => /finalNorm|inside|before|after/.test(path))).toEqual([
      'encoder.layers.0.selfAttention.inside.bias',
      'encoder.layers.0.feedForward.inside.bias',
      'encoder.layers.1.selfAttention.inside.bias',
      'encoder.layers.1.feedForward.inside.bias',
      'encoder.finalNorm.bias',
    ]);
    model.dispose();
  });

  it('refuses other options', () => {
    expect(() => reorderedNorm({ norm: 'none' as never })).toThrow("reorderedNorm() norm: received 'none'");
  });
});
