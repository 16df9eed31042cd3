import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { leftovers, onBackends } from '../../testing/backends';
import { dot, maxError, noise, numericGradient, read } from '../../testing/numbers';
import { encoderBlock } from '../models/blocks';
import { randomStream } from '../random/random';
import { admin } from '../residual/methods/admin';
import { postLN } from '../residual/methods/postLN';
import { preLN } from '../residual/methods/preLN';
import { reZero } from '../residual/methods/reZero';
import { ONE, type Residual, type ResidualMethod } from '../residual/residual';
import { Stack, type StackOptions, subLayer } from '../residual/stack';
import { Module, type Parameter, vectorParameter } from '../state/module';
import { identity } from './identity';
import { leaving } from './leaving';
import type { StreamPlan, StreamWeights } from './plan';
import { wiring } from './wiring';

const [ROWS, D] = [4, 3];
const SHAPE: [number, number, number] = [2, ROWS / 2, D];

/** f(x) = x^2 + x / 2 */
const square = subLayer('square', () => ({
  call: (x: tf.Tensor3D): tf.Tensor3D => tf.add(tf.square(x), tf.mul(x, 0.5)),
}));

const method = (
  streams: StreamPlan,
  own: Partial<ResidualMethod> = {},
  residual: Partial<Residual> = {},
): ResidualMethod => ({
  name: 'mine',
  options: {},
  plan: () => ({ residual: { shortcutScale: ONE, branchScale: ONE, ...residual, streams: wiring(streams) } }),
  ...own,
});
const make = (own: Partial<StackOptions> & Pick<StackOptions, 'method'>): Stack =>
  new Stack({ name: 'encoder', width: D, depth: 1, block: [square], ...own }, randomStream(1));

const TWO: StreamPlan = {
  read: [1, 0.5],
  carry: [
    [1, 0.25],
    [0, -1],
  ],
  write: [2, 1],
};
/** What TWO makes of the streams x1, x2, element by element. */
const two = ([x1, x2]: readonly [number, number]): readonly [number, number] => {
  const u = x1 + 0.5 * x2;
  const z = u * u + u / 2;
  return [x1 + 0.25 * x2 + 2 * z, z - x2];
};

/** Weights of two streams from the first stream's first feature, near those of TWO. */
class ByFeature extends Module implements StreamWeights {
  readonly slope: Parameter<tf.Rank.R1> = vectorParameter(Float32Array.of(0.1));
  call([x]: readonly tf.Tensor3D[]) {
    const first = tf.mul<tf.Tensor3D>(tf.slice(x!, [0, 0, 0], [-1, -1, 1]), this.slope.value); // [B, T, 1]
    return { read: tf.add(tf.concat([first, tf.zerosLike(first)], 2), tf.tensor1d([1, 0.5])) };
  }
}

onBackends(() => {
  describe('a stack of several streams', () => {
    it('enters with copies, follows its wires, and leaves by its sum', () => {
      const stack = make({ method: method(TWO, { leave: () => leaving({ read: 'sum' }) }), depth: 2 });
      const numbers = noise(ROWS * D, 1);
      const x = tf.tensor3d(numbers, SHAPE);
      const y = stack.call(x);
      const expected = numbers.map((value) => two(two([value, value])).reduce((a, b) => a + b));
      expect(maxError(read(y), expected)).toBeLessThan(1e-5);
      expect(leftovers(() => stack.call(x))).toBe(0);
      const dx = tf.grad((v) => tf.sum(stack.call(v as tf.Tensor3D)))(x);
      const ones = numbers.map(() => 1);
      const numeric = numericGradient(
        (v) =>
          dot(
            v.map((value) => two(two([value, value])).reduce((a, b) => a + b)),
            ones,
          ),
        numbers,
      );
      expect(maxError(read(dx), numeric)).toBeLessThan(1e-4);
      tf.dispose([x, y, dx]);
      stack.dispose();
    });

    it('trains weights from where they start', () => {
      const stack = make({ method: method({ ...TWO, weights: 'trained' }) });
      const numbers = noise(ROWS * D, 1);
      const x = tf.tensor3d(numbers, SHAPE);
      const y = stack.call(x);
      expect(
        maxError(
          read(y),
          numbers.map((v) => two([v, v])[0]),
        ),
      ).toBeLessThan(1e-6);
      const paths = stack.parameters().map(({ path }) => path);
      expect(paths).toEqual(['read', 'carry', 'write'].map((name) => `layers.0.square.wires.${name}`));
      const { grads, value } = tf.variableGrads(() => tf.sum<tf.Scalar>(stack.call(x)));
      const found = stack.parameters().map(({ parameter }) => read(grads[parameter.variable.name]!));
      const u = numbers.map((v) => 1.5 * v);
      // Of sum(x1 B_11 + x2 B_12 + c_1 (u^2 + u / 2)) with x1 = x2 = x.
      const slope = u.map((v, i) => 2 * (2 * v + 0.5) * numbers[i]!);
      const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0);
      const z = sum(u.map((v) => v * v + v / 2));
      const expected = [
        [sum(slope), sum(slope)],
        [sum(numbers), sum(numbers), 0, 0],
        [z, 0],
      ];
      for (const [i, gradient] of found.entries())
        expect(maxError(gradient, expected[i]!)).toBeLessThan(1e-5);
      tf.dispose([x, y, value, grads]);
      stack.dispose();
    });

    it('takes weights that are a function of the streams, token by token', () => {
      const weights = { name: 'byFeature', make: () => new ByFeature() };
      const stack = make({ method: method({ ...TWO, weights }) });
      const numbers = noise(ROWS * D, 1);
      const x = tf.tensor3d(numbers, SHAPE);
      const y = stack.call(x);
      const expected = numbers.map((v, i) => {
        const u = (1.5 + 0.1 * numbers[i - (i % D)]!) * v;
        return 1.25 * v + 2 * (u * u + u / 2);
      });
      expect(maxError(read(y), expected)).toBeLessThan(1e-5);
      expect(leftovers(() => stack.call(x))).toBe(0);
      const { grads, value } = tf.variableGrads(() => tf.sum<tf.Scalar>(stack.call(x)));
      expect(Object.keys(grads)).toHaveLength(1);
      tf.dispose([x, y, value, grads]);
      stack.dispose();
    });
  });

  describe('one stream with wires', () => {
    const block = encoderBlock({ width: 8, heads: 2, feedForward: 16 });
    it.each([postLN(), preLN(), admin(), reZero()])('equals $name to the bit', (plain) => {
      const wired: ResidualMethod = {
        ...plain,
        plan: (place) => {
          const { residual, ...rest } = plain.plan(place);
          return {
            ...rest,
            residual: { ...residual, streams: wiring({ read: [1], carry: [[1]], write: [1] }) },
          };
        },
      };
      const x = tf.tensor3d(noise(2 * 3 * 8, 1), [2, 3, 8]);
      const results = [plain, wired].map((each) => {
        const stack = make({ method: each, width: 8, depth: 2, block });
        const { value, grads } = tf.variableGrads(() => tf.sum<tf.Scalar>(tf.square(stack.call(x))));
        const numbers = stack.parameters().map(({ parameter }) => read(grads[parameter.variable.name]!));
        const output = tf.tidy(() => read(stack.call(x)));
        tf.dispose([value, grads]);
        stack.dispose();
        return { output, numbers };
      });
      expect(results[1]).toEqual(results[0]);
      x.dispose();
    });
  });
});

describe('streams of a stack', () => {
  it('may grow in number, and leave by their mean or through norms', () => {
    const growing: ResidualMethod = {
      name: 'growing',
      options: {},
      plan: ({ index }) => {
        const n = index + 1;
        const identity = Array.from({ length: n }, (_, i) =>
          Array.from({ length: n }, (_, j) => Number(i === j)),
        );
        const read = Array.from({ length: n }, () => 1 / n);
        const streams = wiring({
          read,
          carry: [...identity, read.map(() => 0)],
          write: [...read.map(() => 0), 1],
        });
        return { residual: { shortcutScale: ONE, branchScale: ONE, streams } };
      },
      leave: () => leaving({ read: 'mean' }),
    };
    const stack = make({ method: growing, depth: 2 });
    const x = tf.tensor3d([1, 2, 4], [1, 1, 3]);
    const f = (v: number): number => v * v + v / 2;
    const expected = [1, 2, 4].map((v) => (v + f(v) + f((v + f(v)) / 2)) / 3);
    const y = stack.call(x);
    expect(maxError(read(y), expected)).toBeLessThan(1e-6);
    tf.dispose([x, y]);
    stack.dispose();
  });

  it('skip a branch and carry the rest', () => {
    const appended: StreamPlan = { read: [1], carry: [[1], [0]], write: [0, 1] };
    const stack = make({
      method: method(appended, { leave: () => leaving({ read: 'sum' }) }),
      stochasticDepth: { rate: 0.99, rule: 'constant' },
    });
    const x = tf.tensor3d([1, 2, 4], [1, 1, 3]);
    const y = stack.call(x, { training: true, random: randomStream(1) });
    expect(read(y)).toEqual([1, 2, 4]);
    tf.dispose([x, y]);
    stack.dispose();
  });

  it('may be what a branch hands on, of any width, and is shown to later ones', () => {
    const [through, zeros] = [{ read: [1, 0], write: [1, 0] }, [0, 0]];
    const pair = [...identity(2)];
    const handing: ResidualMethod = {
      ...method(TWO),
      plan: ({ index }) => ({
        residual: {
          readScale: { kind: 'constant', value: 3 },
          shortcutScale: ONE,
          branchScale: ONE,
          streams:
            index === 0
              ? wiring({
                  ...through,
                  carry: [pair[0]!, zeros],
                  handsOn: {
                    stream: 1,
                    name: 'head',
                    of: (_, read) => tf.slice(read, [0, 0, 1], [-1, -1, 2]),
                  },
                })
              : wiring({ ...through, carry: pair, shows: 1 }),
        },
      }),
    };
    const seen: number[][] = [];
    const shown = subLayer('shown', () => ({
      call: (x, { handed }) => {
        if (handed) seen.push(read(handed));
        return tf.zerosLike(x);
      },
    }));
    const stack = make({
      method: handing,
      block: [shown],
      depth: 3,
      stochasticDepth: { rate: 0.999, rule: 'linear' },
    });
    const x = tf.tensor3d([1, 2, 4], [1, 1, 3]);
    const y = stack.call(x);
    expect(read(y)).toEqual([1, 2, 4]);
    expect(seen).toEqual([
      [6, 12],
      [6, 12],
    ]);
    expect(leftovers(() => stack.call(x))).toBe(0);
    tf.dispose([x, y]);
    stack.dispose();
  });

  it('must fit from sub-layer to sub-layer', () => {
    const lost: ResidualMethod = {
      ...method(TWO),
      plan: ({ index }) => ({
        residual: { shortcutScale: ONE, branchScale: ONE, ...(index === 0 ? { streams: wiring(TWO) } : {}) },
      }),
    };
    expect(() => make({ method: lost, depth: 2 })).toThrow(
      'streams from layers.0.square into layers.1.square of the encoder: received 2, allowed 1.',
    );
  });
});
