import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { leftovers, onBackends } from '../../testing/backends';
import { maxError, noise, read } from '../../testing/numbers';
import type { Context } from '../context/context';
import { encoderBlock } from '../models/blocks';
import { randomStream } from '../random/random';
import { vectorParameter } from '../state/module';
import { wiring } from '../streams/wiring';
import type { SubLayerSpec } from './branch';
import { admin } from './methods/admin';
import { postLN } from './methods/postLN';
import { preLN } from './methods/preLN';
import type { Place } from './place';
import { ONE, type ResidualMethod } from './residual';
import { Stack, type StackOptions, subLayer } from './stack';

const D = 8;
const block = encoderBlock({ width: D, heads: 2, feedForward: 16 });
const make = (own: Partial<StackOptions> = {}): Stack =>
  new Stack({ name: 'encoder', width: D, depth: 2, block, method: postLN(), ...own }, randomStream(1));
const stream = (): tf.Tensor3D => tf.tensor3d(noise(2 * 3 * D, 1), [2, 3, D]);

/** A branch of the user's own: a plain object with a weight. */
const scaling = (): SubLayerSpec =>
  subLayer('scaling', () => {
    const factor = vectorParameter(new Float32Array(D).fill(0.5));
    return { factor, call: (x: tf.Tensor3D): tf.Tensor3D => tf.mul(x, factor.value) };
  });

/** One trained scalar a block, as ReZero has. */
const sharedByBlock: ResidualMethod = {
  name: 'sharedByBlock',
  options: {},
  plan: ({ block: b }) => ({
    residual: { shortcutScale: ONE, branchScale: { kind: 'scalar', initial: 0.5, sharedBy: `block${b}` } },
  }),
};

onBackends(() => {
  describe('Stack', () => {
    it.each([postLN(), preLN(), admin(), sharedByBlock])(
      'of $name keeps the shape and leaves no tensor',
      (method) => {
        const stack = make({ method });
        const x = stream();
        const y = stack.call(x, {});
        expect(y.shape).toEqual([2, 3, D]);
        expect(leftovers(() => stack.call(x, {}))).toBe(0);
        tf.dispose([x, y]);
        stack.dispose();
      },
    );

    it('ends with a norm where the method leaves the stream un-normed', () => {
      const [post, pre, none] = [make(), make({ method: preLN() }), make({ method: sharedByBlock })];
      expect([post, pre, none].map(({ finalNorm }) => finalNorm !== undefined)).toEqual([false, true, false]);
      const x = stream();
      const y = pre.call(x, {});
      const rows = tf.tidy(() => tf.moments(y, -1));
      expect(maxError(read(rows.variance), new Array(6).fill(1))).toBeLessThan(1e-3);
      tf.dispose([x, y, rows.mean, rows.variance]);
      for (const stack of [post, pre, none]) stack.dispose();
    });

    it('ends with the norm that the method names, whatever its residuals are', () => {
      const rms = make({ method: { ...sharedByBlock, finalNorm: () => 'rms' } });
      const none = make({ method: { ...preLN(), finalNorm: () => undefined } });
      const x = stream();
      const [normed, bare] = [rms.call(x, {}), none.call(x, {})];
      const squares = read(tf.tidy(() => tf.mean(tf.square(normed), -1)));
      expect(maxError(squares, new Array(6).fill(1))).toBeLessThan(1e-3);
      expect(none.parameters().some(({ path }) => path.startsWith('finalNorm'))).toBe(false);
      const pre = make({ method: preLN() });
      const again = tf.tidy(() => (pre.finalNorm as NonNullable<Stack['finalNorm']>).call(bare));
      const whole = pre.call(x, {});
      expect(maxError(read(again), read(whole))).toBe(0);
      tf.dispose([x, normed, bare, again, whole]);
      for (const stack of [rms, none, pre]) stack.dispose();
    });

    it("runs a user's own branch, and trains it", () => {
      const stack = make({ block: [scaling()], depth: 1, method: sharedByBlock });
      const x = stream();
      const y = stack.call(x, {});
      // x + 0.5 * 0.5 x
      const expected = noise(2 * 3 * D, 1).map((value) => 1.25 * value);
      expect(maxError(read(y), expected)).toBeLessThan(1e-6);
      const { grads } = tf.variableGrads(() => tf.sum<tf.Scalar>(stack.call(x, {})));
      expect(Object.keys(grads).length).toBe(2);
      expect(stack.parameters().map(({ path }) => path)).toEqual([
        'layers.0.scaling.branch.factor',
        'layers.0.scaling.alpha',
      ]);
      tf.dispose([x, y, grads]);
      stack.dispose();
    });

    it('does not give its input away for its output', () => {
      const stack = make({
        block: [subLayer('nothing', () => ({ call: (x: tf.Tensor3D): tf.Tensor3D => x }))],
        depth: 1,
        method: { ...sharedByBlock, plan: () => ({ residual: { shortcutScale: ONE, branchScale: ONE } }) },
      });
      const x = stream();
      const y = stack.call(x, {});
      y.dispose();
      expect(x.isDisposed).toBe(false);
      x.dispose();
      stack.dispose();
    });
  });
});

describe('the parts of a stack', () => {
  it('lie in forward order under stable paths', () => {
    const stack = make();
    expect(stack.subLayers().map(({ path }) => path)).toEqual([
      'layers.0.selfAttention',
      'layers.0.feedForward',
      'layers.1.selfAttention',
      'layers.1.feedForward',
    ]);
    for (const { path, subLayer: part } of stack.subLayers()) expect(stack.at(path)).toBe(part);
    stack.dispose();
  });

  it('ask the method by their place', () => {
    const places: Place[] = [];
    const method: ResidualMethod = {
      ...sharedByBlock,
      plan: (place) => {
        places.push(place);
        return postLN().plan(place);
      },
    };
    make({ method }).dispose();
    const common = { stack: 'encoder', branches: 4, depth: 2, causal: false, reads: {}, readBy: {} };
    expect(places).toEqual([
      { ...common, kind: 'selfAttention', block: 0, index: 0, endsBlock: false },
      { ...common, kind: 'feedForward', block: 0, index: 1, endsBlock: true },
      { ...common, kind: 'selfAttention', block: 1, index: 2, endsBlock: false },
      { ...common, kind: 'feedForward', block: 1, index: 3, endsBlock: true },
    ]);
  });

  it('carry a second stream as their records say', () => {
    const seen: number[] = [];
    const method: ResidualMethod = {
      ...sharedByBlock,
      plan: ({ endsBlock }) => ({
        residual: {
          ...{ shortcutScale: ONE, branchScale: ONE },
          // The first sub-layer of a block keeps its input, the second adds it.
          streams: endsBlock
            ? wiring({ read: [1, 0], carry: [[1, 1]], write: [1] })
            : wiring({ read: [1], carry: [[1], [1]], write: [1, 0] }),
        },
      }),
    };
    const one = (name: string): SubLayerSpec =>
      subLayer(name, () => ({
        call: (x: tf.Tensor3D, _context: Context): tf.Tensor3D => {
          seen.push(read(x)[0]!);
          return tf.onesLike(x);
        },
      }));
    const stack = make({ block: [one('a'), one('b')], method, width: 1 });
    const x = tf.zeros<tf.Rank.R3>([1, 1, 1]);
    const y = stack.call(x as tf.Tensor3D, {});
    // block 0: 0 + 1 = 1, then 1 + 1 + 0 = 2; block 1: 2 + 1 = 3, then 3 + 1 + 2 = 6
    expect(seen).toEqual([0, 1, 2, 3]);
    expect(read(y)).toEqual([6]);
    tf.dispose([x, y]);
    stack.dispose();
  });

  it('share a trained scale by its key, and count it once', () => {
    const stack = make({ method: sharedByBlock });
    const [a, b, c] = stack.subLayers().map(({ subLayer: part }) => part.alpha);
    expect(a).toBe(b);
    expect(a).not.toBe(c);
    const scales = stack.parameters().filter(({ path }) => path.endsWith('alpha'));
    expect(scales.map(({ path }) => path)).toEqual([
      'layers.0.selfAttention.alpha',
      'layers.1.selfAttention.alpha',
    ]);
    stack.dispose();
  });

  it.each<[Partial<StackOptions>, string]>([
    [{ depth: 0 }, 'encoder depth: received 0'],
    [{ block: [] }, 'encoder: a block needs at least one sub-layer'],
    [{ block: [scaling(), scaling()] }, "two sub-layers of a block are called 'scaling'"],
    [{ dropout: 1 }, 'encoder dropout: received 1'],
  ])('%j is an error', (own, message) => {
    expect(() => make(own)).toThrow(message);
  });
});
