import { describe, expect, it } from 'vitest';
import { placeAt } from '../../../testing/places';
import { type KeelOptions, keel } from './keel';

const at = (block: number, index: number, options?: KeelOptions) =>
  keel(options).plan(placeAt({ block, index, branches: 512, depth: 256 })).residual;
const A = { kind: 'constant', value: 512 };

describe('Keel', () => {
  it('norms on both sides, with the number of branches on the shortcut', () => {
    expect(at(1, 2)).toEqual({ before: 'rms', after: 'rms', shortcutScale: A, branchScale: { kind: 'one' } });
    expect(at(255, 511, { norm: 'layer' })).toMatchObject({ before: 'layer', after: 'layer' });
  });

  it('leaves the embeddings as they are in the first branch, and unscaled in the first block', () => {
    expect(at(0, 0)).toEqual({ before: 'rms', shortcutScale: { kind: 'one' }, branchScale: { kind: 'one' } });
    expect(at(0, 1)).toMatchObject({ before: 'rms', after: 'rms', shortcutScale: { kind: 'one' } });
    expect(at(0, 0, { scaledFirstBlock: true })).toEqual(at(1, 2));
  });

  it('counts the branches of its own stack, three a block where it reads another', () => {
    const place = placeAt({ stack: 'decoder', block: 3, index: 10, branches: 18 });
    expect(keel().plan(place).residual.shortcutScale).toEqual({ kind: 'constant', value: 18 });
  });

  it('refuses other options', () => {
    expect(() => keel({ scaledFirstBlock: 1 as never })).toThrow('keel() scaledFirstBlock: received 1');
    expect(() => keel({ alpha: 3 } as never)).toThrow("unknown option 'alpha'");
  });
});
