import { describe, expect, it } from 'vitest';
import { numbers } from '../testing';
import { onKernels } from './testing';

const base = {
  gradientScale: 1,
  l2: 0,
  beta1: 0.9,
  beta2: 0.98,
  decay: 1,
  stepSize: 0.01,
  adaptive: true,
  rootScale: 1.3,
  epsilon: 1e-8,
};
type Factors = typeof base;

const f = Math.fround;

/** [p, m, v] of one element, every operation rounded to float32. */
const stepped = (p: number, g: number, m: number, v: number, a: Factors): [number, number, number] => {
  let d = f(g * f(a.gradientScale));
  if (a.l2 !== 0) d = f(d + f(p * f(a.l2)));
  const mean = (old: number, next: number, beta: number): number =>
    beta === 0 ? next : f(f(old * f(beta)) + f(next * f(1 - beta)));
  const newM = mean(m, d, a.beta1);
  const newV = mean(v, f(d * d), a.beta2);
  const kept = f(p * f(a.decay));
  if (a.stepSize === 0) return [kept, newM, newV];
  const change = f(newM * f(a.stepSize));
  const root = a.adaptive ? f(f(f(Math.sqrt(newV)) * f(a.rootScale)) + f(a.epsilon)) : 1;
  return [f(kept - f(change / root)), newM, newV];
};

const variants: readonly Partial<Factors>[] = [
  {},
  { gradientScale: 0.37, l2: 0.01, decay: 0.999 },
  { adaptive: false, decay: 0.99 },
  { beta1: 0, adaptive: false, beta2: 0 },
  { beta1: 0, l2: 0.1 },
  { beta2: 0 },
  { stepSize: 0, decay: 0.5 },
  { stepSize: 0, adaptive: false },
];

/** Ordinary numbers, and what overflows and vanishes on the way. */
const SPECIAL = [0, -0, Infinity, -Infinity, NaN, 3e38, -3e38, 1e-45, 1e-30];
const values = (n: number, seed: number, positive = false): Float32Array => {
  const next = numbers(seed);
  return Float32Array.from({ length: n }, (_, i) => {
    const at = (i + 7 * seed) % 31;
    const x = at < SPECIAL.length ? SPECIAL[at]! : next();
    return positive ? Math.abs(x) : x;
  });
};

describe.each([0, 1, 3, 4, 7, 1003])('adam on %i elements', (n) => {
  it.each(variants)('rounds as single operations do, and keeps their infinities and NaN: %o', (variant) => {
    const a = { ...base, ...variant };
    const [p, g, m, v] = [values(n, 1), values(n, 2), values(n, 3), values(n, 4, true)];
    const expected = Array.from(p, (x, i) => stepped(x, g[i]!, m[i]!, v[i]!, a));
    const before = g.slice();
    onKernels([p, g, m, v], (k, at) =>
      k.adam(
        ...([at(p), at(g), at(m), at(v), n] as const),
        ...([a.gradientScale, a.l2, a.beta1, 1 - a.beta1, a.beta2, 1 - a.beta2] as const),
        ...([a.decay, a.stepSize, a.adaptive, a.rootScale, a.epsilon] as const),
      ),
    );
    expect(g).toEqual(before);
    for (const [part, found] of [p, m, v].entries()) {
      expect(Array.from(found)).toEqual(expected.map((each) => each[part]));
    }
  });
});
