import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../testing/backends';
import { checkOp } from '../../testing/checkOp';
import { dot, noise, read } from '../../testing/numbers';
import { rotary } from './rotary';

const [T, HEADS, DEPTH, START] = [3, 2, 4, 5];
const WIDTH = HEADS * DEPTH;

/** (a + b i) e^(i angle) for every pair, written one number at a time. */
const rotated = (x: number[]): number[] =>
  x.map((value, at) => {
    const t = Math.floor(at / WIDTH) + START;
    const d = at % DEPTH;
    const i = d % (DEPTH / 2);
    const angle = t / 10000 ** ((2 * i) / DEPTH);
    const partner = d < DEPTH / 2 ? -x[at + DEPTH / 2]! : x[at - DEPTH / 2]!;
    return value * Math.cos(angle) + partner * Math.sin(angle);
  });

onBackends(() => {
  describe('rotary', () => {
    it('turns every pair by its position, with its gradient', () => {
      checkOp({
        inputs: [{ shape: [1, T, WIDTH], data: noise(T * WIDTH, 1) }],
        op: (x) => rotary(x as tf.Tensor3D, HEADS, START),
        formula: (x) => rotated(x!),
      });
    });

    it('makes products depend on the distance alone', () => {
      const at = (seed: number, start: number): number[] =>
        read(rotary(tf.tensor3d(noise(DEPTH, seed), [1, 1, DEPTH]), 1, start));
      expect(dot(at(1, 9), at(2, 4))).toBeCloseTo(dot(at(1, 5), at(2, 0)), 5);
      expect(Math.abs(dot(at(1, 9), at(2, 4)) - dot(at(1, 9), at(2, 0)))).toBeGreaterThan(1e-2);
    });
  });
});
