import { describe, expect, it } from 'vitest';
import type { Norm } from '../layers/norm';
import { wiring } from '../streams/wiring';
import { digits, factorOf, formulaOf, spreadOf } from './formula';
import { ONE, type Residual } from './residual';

const scalar = { kind: 'scalar', initial: 0.5 } as const;
const spread = (...values: number[]) => spreadOf(values);

describe('digits', () => {
  it.each([
    [1.5449, '1.54'],
    [1, '1'],
    [-0, '0'],
    [0.001234, '0.00123'],
    [0.0001234, '1.23e-4'],
    [1e-6, '1e-6'],
    [1234, '1230'],
    [1234567, '1.23e+6'],
    [0.99999, '1'],
    [-2.5, '-2.5'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, 'Infinity'],
  ])('%d reads %s', (value, text) => {
    expect(digits(value)).toBe(text);
  });
});

describe('spreadOf', () => {
  it('has mean, deviation and range', () => {
    expect(spread(1, 3, 5, 7)).toEqual({ mean: 4, deviation: Math.sqrt(5), least: 1, most: 7 });
  });

  it.each([[[Number.NaN, 1, 2]], [[1, Number.NaN, 2]], [[1, 2, Number.NaN]]])('shows NaN of %j', (values) => {
    expect(spreadOf(values)).toEqual({
      mean: Number.NaN,
      deviation: Number.NaN,
      least: Number.NaN,
      most: Number.NaN,
    });
  });

  it('takes float32 arrays of a million numbers', () => {
    expect(spreadOf(new Float32Array(1_000_000).fill(0.5))).toEqual({
      mean: 0.5,
      deviation: 0,
      least: 0.5,
      most: 0.5,
    });
  });
});

describe('factorOf', () => {
  it('is a number where all entries show the same digits, else a name with its mean and range', () => {
    expect(factorOf('omega', spread(1.5401, 1.5399))).toEqual({ factor: '1.54 ' });
    expect(factorOf('omega', spread(1.5, 1.6, 1.7))).toEqual({
      factor: 'omega ',
      note: 'omega 1.6 +- 0.0816 (1.5 to 1.7)',
    });
  });
});

describe('formulaOf', () => {
  const bare: Residual = { shortcutScale: ONE, branchScale: ONE };
  const own = { name: 'centred', make: (): Norm => ({}) as Norm };

  it.each<[string, Residual, Parameters<typeof formulaOf>[1], ...string[]]>([
    ['no norm', bare, {}, "x' = x + f(x)"],
    [
      'all norms',
      { ...bare, before: 'layer', inside: 'rms', after: 'scale' },
      {},
      "x' = ScaleNorm(x + RMSNorm(f(LN(x))))",
    ],
    ["the user's own", { ...bare, before: own, after: own }, {}, "x' = centred(x + f(centred(x)))"],
    [
      'constants',
      {
        ...bare,
        shortcutScale: { kind: 'constant', value: 2 },
        branchScale: { kind: 'constant', value: 0.25 },
      },
      {},
      "x' = 2 x + 0.25 f(x)",
    ],
    ['a constant 1', { ...bare, shortcutScale: { kind: 'constant', value: 1 } }, {}, "x' = 1 x + f(x)"],
    [
      'negative ones',
      {
        ...bare,
        shortcutScale: { kind: 'constant', value: -2 },
        branchScale: { kind: 'constant', value: -0.5 },
      },
      {},
      "x' = -2 x - 0.5 f(x)",
    ],
    ['initial values', { ...bare, shortcutScale: scalar }, {}, "x' = 0.5 x + f(x)"],
    [
      'values in force',
      { ...bare, shortcutScale: scalar, branchScale: scalar },
      { omega: spread(3), alpha: spread(-4) },
      "x' = 3 x - 4 f(x)",
    ],
    [
      'two streams',
      {
        ...{ ...bare, after: 'layer', shortcutScale: scalar },
        streams: wiring({
          read: [1, 0],
          carry: [
            [1, 1],
            [0, 1],
          ],
          write: [1, 0],
        }),
      },
      {},
      "x1' = LN(0.5 x1 + x2 + f(x1)), x2' = x2",
    ],
    [
      'streams with weights and norms of their own',
      {
        ...{ ...bare, before: 'rms', branchScale: { kind: 'constant', value: -2 } },
        streams: wiring({
          ...{
            read: [1, -0.5],
            carry: [
              [1, 0],
              [0, 0],
            ],
            write: [0.25, -1],
          },
          ...{ readNorms: [undefined, 'layer'], carryNorms: ['layer', undefined], after: [undefined, 'rms'] },
        }),
      },
      {},
      "x1' = LN(x1) - 0.25 2 f(RMSNorm(x1 - 0.5 LN(x2))), x2' = RMSNorm(2 f(RMSNorm(x1 - 0.5 LN(x2))))",
    ],
    [
      'streams whose weights are trained',
      {
        ...bare,
        streams: wiring({
          read: [1, 0],
          carry: [
            [1, 0],
            [0, 1],
          ],
          write: [1, 1],
          weights: 'trained',
        }),
      },
      {},
      "X' = B X + c f(a X)",
      'X of 2 streams',
      'a, B, c trained',
    ],
    [
      'a scale of what the branch reads',
      { ...bare, before: 'layer', readScale: { kind: 'constant', value: 0.5 } },
      {},
      "x' = x + f(0.5 LN(x))",
    ],
    [
      'a scale gone wrong',
      { ...bare, shortcutScale: scalar },
      { omega: spread(Number.NaN) },
      "x' = NaN x + f(x)",
    ],
    [
      'vectors',
      { ...bare, after: 'layer', shortcutScale: scalar, branchScale: scalar },
      { omega: spread(1, 2), alpha: spread(-1, 1) },
      "x' = LN(omega x + alpha f(x))",
      'omega 1.5 +- 0.5 (1 to 2)',
      'alpha 0 +- 1 (-1 to 1)',
    ],
  ])('%s', (_name, residual, spreads, formula, ...notes) => {
    expect(formulaOf(residual, spreads)).toEqual({ formula, notes });
  });
});
