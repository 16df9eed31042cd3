import { admin, deepNorm, postLN, preLN, type ResidualMethod } from '@steadyformer/core';
import { describe, expect, it } from 'vitest';
import { describeMethod, type GrowthClass } from '..';
import type { Evidence } from './evidence';
import { remedyFor } from './remedy';
import { verdictOf } from './verdict';

const depths = [2, 4, 8, 12, 16, 24, 32];

/** Networks that lie on f, each by its own share of the depth's scatter. */
const evidence = (
  f: (n: number) => number,
  theoryClass: GrowthClass | undefined,
  {
    predicted = f,
    scatter = 0.05,
    count = 6,
    ...rest
  }: Partial<Omit<Evidence, 'predicted'>> & {
    readonly predicted?: (n: number) => number;
    readonly scatter?: number;
    readonly count?: number;
  } = {},
): Evidence => ({
  depths,
  networks: Array.from({ length: count }, (_, s) => ({
    inputChange: 1,
    changes: depths.map((n) => 1 + f(n) * (1 + (scatter * Math.log(n) * (s - (count - 1) / 2)) / count)),
  })),
  predicted: depths.map((n) => 1 + predicted(n)),
  ...(theoryClass ? { theoryClass } : {}),
  offset: 4,
  constantKnown: true,
  alongGradient: false,
  r2: 0.99,
  remedy: 'scale',
  ...rest,
});

const logarithm = (n: number): number => 3 * Math.log1p(n / 4);

describe('verdictOf', () => {
  it.each([
    ['linear', (n: number) => 0.5 * n, 'O(N)', 'amplifies'],
    ['logarithmic', logarithm, 'O(log N)', 'steady'],
    ['constant', () => 2, 'O(1)', 'steady'],
    ['constant', (n: number) => 8 / n, 'O(1)', 'lazy'],
    ['superlinear', (n: number) => 0.1 * n ** 1.7, 'more than O(N)', 'amplifies'],
  ] as const)('names %s', (growth, f, notation, word) => {
    // With theory, and from the points alone.
    for (const theory of [growth, undefined]) {
      expect(verdictOf(evidence(f, theory))).toMatchObject({
        class: growth,
        notation,
        word,
        sure: true,
        amplifies: word === 'amplifies',
      });
    }
  });

  it('says what its figures are of, and no percentage of certainty', () => {
    const { text } = verdictOf(evidence(logarithm, 'logarithmic'));
    expect(text).toMatch(/exponent is 0\.\d\d \(95 % interval 0\.\d\d to 0\.\d\d over 6 networks\)/);
    expect(text).toMatch(/O\(log N\) 0\.6\d, O\(N\) 1\.00/);
    expect(text).toMatch(
      /Theory predicts O\(log N\) \(0\.6\d here\); measured over predicted is 1\.00 to 1\.00\./,
    );
    expect(text.match(/\d+ %/g)).toEqual(['95 %']);
  });

  it('names no law where networks scatter, and says how many tell', () => {
    const { word, sure, notation, text } = verdictOf(
      evidence(logarithm, 'logarithmic', { scatter: 0.9, count: 4 }),
    );
    expect({ word, sure, notation }).toEqual({ word: 'cannot tell', sure: false, notation: 'cannot tell' });
    expect(text).toContain('Cannot tell from these depths and widths');
    expect(text).toContain('O(log N) or O(N)');
    expect(text).toMatch(/more networks \(\d+ seeds\)|wider networks/);
  });

  it('names no law of a single network', () => {
    const { word, text } = verdictOf(evidence((n) => n, 'linear', { count: 1 }));
    expect(word).toBe('cannot tell');
    expect(text).toContain('of one network, hence without an interval');
    expect(text).toContain('use several networks (5 seeds or more)');
  });

  it('asks for depth where a logarithm is still a line', () => {
    // A branch scale of 0.1: the logarithm turns over at N = 400.
    const { word, text } = verdictOf(evidence((n) => Math.log1p(n / 400), 'logarithmic', { offset: 400 }));
    expect(word).toBe('cannot tell');
    expect(text).toContain(
      'turns over near N = s_0 / v = 4.0e+2 residual branches, so go to N = 3200 or more',
    );
    expect(text).not.toContain('seeds');
  });

  it('names a contradiction with theory, and no law beside it', () => {
    const verdict = verdictOf(evidence((n) => n, 'logarithmic', { predicted: logarithm }));
    expect(verdict).toMatchObject({ word: 'cannot tell', sure: false, theory: { contradicted: true } });
    expect(verdict.class).toBeUndefined();
    expect(verdict.text).toContain('contradicts the theory, which predicts O(log N)');
    expect(verdict.text).toContain('if the contradiction stays, believe the measurement');
    // Both amplify: that much is sure.
    const steeper = verdictOf(evidence((n) => n ** 1.6, 'linear', { predicted: (n) => n }));
    expect(steeper).toMatchObject({ word: 'amplifies', sure: false, notation: 'O(N) or more' });
    expect(steeper.text).toContain('contradicts the theory');
  });

  it('calls branches that are switched off lazy, in numbers that a reader can use', () => {
    const verdict = verdictOf(evidence(() => 0, 'constant'));
    expect(verdict).toMatchObject({ class: 'constant', word: 'lazy', sure: true });
    expect(verdict.exponent).toBeUndefined();
    expect(verdict.text).not.toMatch(/NaN|Infinity/);
  });

  it('speaks of no theory along a gradient', () => {
    const verdict = verdictOf(evidence((n) => n ** 2, undefined, { alongGradient: true }));
    expect(verdict.word).toBe('amplifies');
    expect(verdict.theory).toBeUndefined();
    expect(verdict.text).toContain('along a gradient');
    expect(verdict.text).not.toContain('admin()');
  });
});

describe('advice', () => {
  const remedy = (method: ResidualMethod, omega?: number) =>
    remedyFor(
      describeMethod({ method, depth: 4, profiled: false }).branches.map((branch) =>
        omega === undefined ? branch : { ...branch, omega },
      ),
    );
  const text = (method: ResidualMethod, omega?: number) =>
    verdictOf({ ...evidence((n) => n, 'linear'), remedy: remedy(method, omega) }).text;

  it('is nothing that is there already', () => {
    expect(text(postLN())).toContain('scale the shortcut, for instance with admin()');
    // Admin without a profile: omega is still 1.
    expect(text(admin())).toContain('set them from a batch with adminInit()');
    expect(text(admin(), 3)).not.toContain('admin');
    expect(text(deepNorm())).not.toContain('admin');
    expect(text(preLN())).not.toContain('admin');
  });
});
