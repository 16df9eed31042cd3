// An earlier measurement of the same sizes, of 2 networks a point and N = 8, 16, 32, 64, made before this item by a script
// of its own: exponents of N after random signs and after signs of the gradient, and D at N = 8 and 64 of the latter.

export interface EarlierRow {
  readonly random: number;
  readonly aligned: number;
  readonly changes: readonly [number, number];
}

/** By the names of core's methods, those that exist or may come. */
export const EARLIER: Readonly<Record<string, EarlierRow>> = {
  postLN: { random: 1.38, aligned: 2.98, changes: [2.4e-6, 1.1e-3] },
  preLN: { random: 0.49, aligned: 1.86, changes: [7.0e-7, 3.3e-5] },
  periLN: { random: 0.34, aligned: 1.4, changes: [1.9e-6, 3.2e-5] },
  admin: { random: 0.48, aligned: 1.79, changes: [7.5e-7, 2.9e-5] },
  depthMuP: { random: 0.09, aligned: 1.04, changes: [7.0e-7, 6.3e-6] },
  completeP: { random: -0.53, aligned: -0.07, changes: [7.0e-7, 6.1e-7] },
  keel: { random: -0.06, aligned: -0.05, changes: [1.1e-8, 9.8e-9] },
};

export const EARLIER_DEPTHS = [8, 64] as const;
