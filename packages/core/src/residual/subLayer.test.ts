import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { leftovers, onBackends } from '../../testing/backends';
import { layerNormFormula } from '../../testing/formulas';
import { dot, maxError, noise, numericGradient, read } from '../../testing/numbers';
import type { NormKind } from '../layers/norm';
import { dropoutFactors, randomStream } from '../random/random';
import { Module, type Parameter, vectorParameter } from '../state/module';
import { wiring } from '../streams/wiring';
import type { BranchSite } from './branch';
import type { Place } from './place';
import { initialOf, ONE, type Residual } from './residual';
import { SubLayer } from './subLayer';

const [ROWS, D] = [4, 3];
const place: Place = {
  stack: 'encoder',
  kind: 'mix',
  block: 0,
  index: 0,
  branches: 1,
  depth: 1,
  causal: false,
  reads: {},
  readBy: {},
  endsBlock: true,
};
const siteOf = (residual: Residual): BranchSite => ({
  place,
  width: D,
  plan: { residual },
  random: randomStream(1),
});

/** f(x) = x^2 + x / 2: a branch that is no Module. */
const branch = { call: (x: tf.Tensor3D): tf.Tensor3D => tf.add(tf.square(x), tf.mul(x, 0.5)) };
const branchFormula = (x: number[]): number[] => x.map((value) => value * value + value / 2);

const norms: Record<NormKind, (x: number[]) => number[]> = {
  layer: (x) => layerNormFormula(x, [1, 1, 1], [0, 0, 0], 1e-5),
  rms: (x) =>
    x.map((value, at) => {
      const square = x.slice(at - (at % D), at - (at % D) + D).reduce((sum, v) => sum + v * v, 0) / D;
      return value / Math.sqrt(square + 1e-6);
    }),
  scale: (x) =>
    x.map((value, at) => (Math.sqrt(D) * value) / Math.hypot(...x.slice(at - (at % D), at - (at % D) + D))),
};
const normed = (kind: Residual['after'], x: number[]): number[] => (kind ? norms[kind as NormKind](x) : x);

/** x' = after(omega x [+ another stream] + alpha inside(f(rho before(x)))), from the record alone. */
const formula = (
  residual: Residual,
  x: number[],
  other: number[],
  omega: number[],
  alpha: number[],
): number[] => {
  const rho = residual.readScale ? scaleNumbers(residual.readScale) : [1];
  const raw = branchFormula(normed(residual.before, x).map((value, i) => value * rho[i % rho.length]!));
  const inner = normed(residual.inside, raw);
  const sum = x.map((value, i) => {
    const extra = residual.streams ? other[i]! : 0;
    return value * omega[i % omega.length]! + alpha[i % alpha.length]! * inner[i]! + extra;
  });
  return normed(residual.after, sum);
};

/** A second stream that joins the first one's sum, and goes on as it is. */
const beside = wiring({
  read: [1, 0],
  carry: [
    [1, 1],
    [0, 1],
  ],
  write: [1, 0],
});

const records: Record<string, Residual> = {
  bare: { shortcutScale: ONE, branchScale: ONE },
  'post-norm': { after: 'layer', shortcutScale: ONE, branchScale: ONE },
  'rms norms': { before: 'rms', inside: 'rms', after: 'rms', shortcutScale: ONE, branchScale: ONE },
  'pre-norm': { before: 'layer', shortcutScale: ONE, branchScale: ONE },
  sandwich: { before: 'layer', inside: 'layer', shortcutScale: ONE, branchScale: ONE },
  'all norms': { before: 'layer', inside: 'layer', after: 'layer', shortcutScale: ONE, branchScale: ONE },
  'constant shortcut, post-norm': {
    after: 'layer',
    shortcutScale: { kind: 'constant', value: 1.7 },
    branchScale: ONE,
  },
  'trained vector shortcut, post-norm': {
    after: 'layer',
    shortcutScale: { kind: 'vector', initial: 1.3 },
    branchScale: ONE,
  },
  'trained scalar shortcut, post-norm': {
    after: 'layer',
    shortcutScale: { kind: 'scalar', initial: 1.3 },
    branchScale: ONE,
  },
  'scale norms': {
    before: 'scale',
    after: 'scale',
    shortcutScale: { kind: 'scalar', initial: 1.3 },
    branchScale: ONE,
  },
  'constant scale of what the branch reads, pre-norm': {
    ...{ before: 'layer', shortcutScale: ONE, branchScale: ONE },
    readScale: { kind: 'constant', value: 0.5 },
  },
  'trained vector of what the branch reads': {
    ...{ before: 'rms', inside: 'rms', shortcutScale: ONE, branchScale: ONE },
    readScale: { kind: 'vector', initial: 0.7 },
  },
  'trained scalar branch': { shortcutScale: ONE, branchScale: { kind: 'scalar', initial: 0 } },
  'trained vector branch, pre-norm': {
    before: 'layer',
    shortcutScale: ONE,
    branchScale: { kind: 'vector', initial: 0.1 },
  },
  'constants on both, another stream': {
    after: 'layer',
    shortcutScale: { kind: 'constant', value: 0.5 },
    branchScale: { kind: 'constant', value: 2 },
    streams: beside,
  },
  'trained on both, another stream, no norm': {
    shortcutScale: { kind: 'vector', initial: 2 },
    branchScale: { kind: 'scalar', initial: 3 },
    streams: beside,
  },
};

const scaleNumbers = (scale: Residual['shortcutScale']): number[] => {
  const initial = initialOf(scale);
  return new Array<number>(scale.kind === 'vector' ? D : 1).fill(initial === 'profiled' ? 1 : initial);
};

const streams = (): { x: tf.Tensor3D; other: tf.Tensor3D; numbers: number[]; second: number[] } => {
  const [numbers, second] = [noise(ROWS * D, 1), noise(ROWS * D, 2)];
  const shape: [number, number, number] = [2, ROWS / 2, D];
  return { x: tf.tensor3d(numbers, shape), other: tf.tensor3d(second, shape), numbers, second };
};

/** The first stream behind it; of two, `other` is the second before it. */
const callOf = (layer: SubLayer, x: tf.Tensor3D, other: tf.Tensor3D): tf.Tensor3D =>
  tf.tidy(() => layer.step(layer.residual.streams ? [x, other] : [x])[0]!);

onBackends(() => {
  describe.each(Object.entries(records))('a residual: %s', (_name, residual) => {
    const [omega, alpha] = [scaleNumbers(residual.shortcutScale), scaleNumbers(residual.branchScale)];

    it('joins as its record says, and leaves no tensor', () => {
      const layer = new SubLayer(siteOf(residual), { branch: () => branch });
      const { x, other, numbers, second } = streams();
      const y = callOf(layer, x, other);
      expect(maxError(read(y), formula(residual, numbers, second, omega, alpha))).toBeLessThan(1e-5);
      expect(leftovers(() => callOf(layer, x, other))).toBe(0);
      tf.dispose([x, other, y]);
      layer.dispose();
    });

    it('has the gradients of its record, in the stream and in the trained scales', () => {
      const layer = new SubLayer(siteOf(residual), { branch: () => branch });
      const { x, other, numbers, second } = streams();
      const weights = noise(ROWS * D, 3);
      const weighted = tf.tensor3d(weights, x.shape);
      const loss = (stream: tf.Tensor3D): tf.Scalar =>
        tf.sum<tf.Scalar>(tf.mul(callOf(layer, stream, other), weighted));
      const expected = (f: (v: number[]) => number[], at: number[]): number[] =>
        numericGradient((v) => dot(f(v), weights), at);

      const dx = tf.grad((stream) => loss(stream as tf.Tensor3D))(x);
      const ofX = expected((v) => formula(residual, v, second, omega, alpha), numbers);
      expect(maxError(read(dx), ofX), 'dx').toBeLessThan(2e-5);
      const trained: readonly [Parameter | undefined, (v: number[]) => number[], number[]][] = [
        [layer.omega, (v) => formula(residual, numbers, second, v, alpha), omega],
        [layer.alpha, (v) => formula(residual, numbers, second, omega, v), alpha],
      ];
      for (const [parameter, f, at] of trained) {
        if (!parameter) continue;
        const { grads } = tf.variableGrads(() => loss(x), [parameter.variable]);
        const found = grads[parameter.variable.name]!;
        expect(found.shape).toEqual(parameter.shape);
        expect(maxError(read(found), expected(f, at)), 'scale').toBeLessThan(2e-5);
        tf.dispose(grads);
      }
      tf.dispose([x, other, weighted, dx]);
      layer.dispose();
    });
  });

  it('drops out the branch before its inner norm and scale', () => {
    const residual: Residual = { shortcutScale: ONE, branchScale: { kind: 'constant', value: 3 } };
    const layer = new SubLayer(siteOf(residual), { branch: () => branch, dropout: 0.5 });
    const { x, other, numbers } = streams();
    const random = randomStream(8);
    const y = layer.call(x, { training: true, random });
    const factors = dropoutFactors(random.fork('dropout').key, numbers.length, 0.5);
    const expected = numbers.map((value, i) => value + 3 * factors[i]! * branchFormula([value])[0]!);
    expect(maxError(read(y), expected)).toBeLessThan(1e-5);
    tf.dispose([x, other, y]);
    layer.dispose();
  });
});

describe('parameters of a sub-layer', () => {
  const paths = (residual: Residual, made: () => { call(x: tf.Tensor3D): tf.Tensor3D }): string[] => {
    const layer = new SubLayer(siteOf(residual), { branch: made });
    const found = layer.parameters().map(({ path }) => path);
    layer.dispose();
    return found;
  };

  it('have the names of the record', () => {
    const residual: Residual = {
      before: 'layer',
      inside: 'layer',
      after: 'layer',
      shortcutScale: { kind: 'vector', initial: 1 },
      branchScale: { kind: 'scalar', initial: 1 },
    };
    expect(paths(residual, () => branch)).toEqual([
      ...['before.gain', 'before.bias', 'inside.gain', 'inside.bias'],
      ...['after.gain', 'after.bias', 'omega', 'alpha'],
    ]);
    expect(paths(records.bare!, () => branch)).toEqual([]);
  });

  it('start a profiled shortcut scale at 1, and refuse one of the branch', () => {
    const profiled = { kind: 'vector', initial: 'profiled' } as const;
    const layer = new SubLayer(siteOf({ shortcutScale: profiled, branchScale: ONE }), {
      branch: () => branch,
    });
    expect(read(layer.omega!.value)).toEqual(new Array(D).fill(1));
    layer.dispose();
    const wrong = () =>
      new SubLayer(siteOf({ shortcutScale: ONE, branchScale: profiled }), { branch: () => branch });
    expect(wrong).toThrow("residual's alpha: received 'profiled', allowed finite numbers");
  });

  it("take in those of a user's own branch, a Module or a plain object", () => {
    class Own extends Module {
      readonly gain: Parameter<tf.Rank.R1> = vectorParameter(Float32Array.of(1, 1, 1));
      call(x: tf.Tensor3D): tf.Tensor3D {
        return tf.mul(x, this.gain.value);
      }
    }
    const plain = () => {
      const gain = vectorParameter(Float32Array.of(2, 2, 2));
      return { gain, call: (x: tf.Tensor3D): tf.Tensor3D => tf.mul(x, gain.value) };
    };
    expect(paths(records.bare!, () => new Own())).toEqual(['branch.gain']);
    expect(paths(records.bare!, plain)).toEqual(['branch.gain']);
  });
});
