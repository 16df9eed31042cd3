import {
  completeP,
  deepScaleLM,
  keel,
  layerNormScaling,
  lipschitz,
  mixLN,
  periLN,
  type ResidualMethod,
  reorderedNorm,
  uMuP,
} from '@steadyformer/core';
import { describe, expect, it } from 'vitest';
import { describeMethod, type MethodDescription, predict } from '..';
import { forward } from './forward';
import { outputChangeAt } from './outputChange';

const perturbation = { kind: 'sign', size: 1e-4 } as const;

type Three = [number, number, number];

/** D behind so many blocks, of one step on every weight. */
const changeAt = (method: ResidualMethod, depth: number, own: Partial<MethodDescription> = {}): number =>
  outputChangeAt(forward(describeMethod({ method, depth, ...own }), perturbation), 0).at(-1)!.change;

describe('the laws of methods since 2024', () => {
  it.each([
    ['Peri-LN', periLN(), 'O(log N)'],
    ['reordered norm', reorderedNorm(), 'O(log N)'],
    ['LayerNorm Scaling', layerNormScaling(), 'O(log log N)'],
    ['CompleteP', completeP({ baseDepth: 4 }), 'O(1 / N)'],
    ['Lipschitz', lipschitz(), 'O(1 / N)'],
    ['Keel with every block scaled', keel({ scaledFirstBlock: true }), 'O(1 / N)'],
    ['DeepScaleLM', deepScaleLM(), 'O(1)'],
    ['u-muP', uMuP(), 'O(1)'],
    ['Keel', keel(), 'O(1)'],
  ] as const)('of %s', (_name, method, notation) => {
    expect(predict({ method, depth: 12 }).growth!.notation).toBe(notation);
  });

  it('of LayerNorm Scaling are those of its records, over prefixes too, and not of others that fade', () => {
    const method = layerNormScaling();
    expect(predict(describeMethod({ method, depth: 12 })).growth).toEqual({
      class: 'doublyLogarithmic',
      notation: 'O(log log N)',
      decided: 'symbolic',
      over: 'prefixes',
    });
    const faster: ResidualMethod = {
      ...method,
      plan: (place) => ({
        residual: {
          ...method.plan(place).residual,
          readScale: { kind: 'constant', value: (place.block + 1) ** -1 },
        },
      }),
    };
    expect(predict({ method: faster, depth: 12 }).growth!.class).not.toBe('doublyLogarithmic');
  });

  it('of Keel is 1 / N with every block scaled, and else what its first block makes', () => {
    const scaled = keel({ scaledFirstBlock: true });
    const product = (depth: number): number => 2 * depth * changeAt(scaled, depth);
    expect(product(200) / product(50)).toBeCloseTo(1, 2);
    // The first two branches are each as large as what they join: a third of it, and a half.
    const first = changeAt(keel(), 1);
    expect(changeAt(keel(), 200) / first).toBeGreaterThan(0.9);
    expect(changeAt(keel(), 200) / first).toBeLessThan(1.1);
  });

  it('of LayerNorm Scaling is log log N', () => {
    // Branches of one kind and next to no input: block l adds 1 / l to a stream of 1 + 1/2 + ... + 1 / l.
    const own = { block: ['feedForward'], input: { variance: 1e-6 } };
    const [a, b, c] = [8, 64, 4096].map((depth) => changeAt(layerNormScaling(), depth, own)) as Three;
    let held = 0;
    const parts = Array.from({ length: 4096 }, (_, i) => {
      held += 1 / (i + 1);
      return 1 / (i + 1) / held;
    });
    const sum = (from: number, to: number): number => parts.slice(from, to).reduce((x, y) => x + y, 0);
    expect((c - b) / (b - a)).toBeCloseTo(sum(64, 4096) / sum(8, 64), 3);
    // ln 4096 over ln 64 is ln 64 over ln 8: as much again, and the harmonic sum's constant.
    expect((c - b) / (b - a)).toBeLessThan(1.15);
  });

  it('of Mix-LN is that of its Post-LN quarter, N', () => {
    const [a, b, c] = [64, 256, 1024].map((depth) => changeAt(mixLN(), depth)) as Three;
    expect((c - b) / (b - a)).toBeGreaterThan(3.5);
    expect((c - b) / (b - a)).toBeLessThan(4.5);
  });
});
