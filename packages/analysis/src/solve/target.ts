import { check, checkNumber, checkOneOf, checkOptions, checkRecord } from '@steadyformer/core';

/** What the output change is wanted to be. */
export type ChangeTarget =
  /** D_N, reached by the law of `growth`: `constant` shares it evenly among the branches of any depth. Default 'constant'. */
  | { readonly change: number; readonly growth?: (typeof LAWS)[number] }
  /** D_1 .. D_N. */
  | { readonly changes: readonly number[] };

const LAWS = ['constant', 'logarithmic', 'squareRoot', 'linear'] as const;

/** How D rises towards branch i of N, from 0 to 1. */
const risen = (growth: (typeof LAWS)[number], i: number, n: number): number => {
  if (growth === 'logarithmic') return Math.log1p(i) / Math.log1p(n);
  return growth === 'squareRoot' ? Math.sqrt(i / n) : i / n;
};

/** D_1 .. D_N of a target. Throws on one that is no target, or that falls. */
export const targetChanges = (target: ChangeTarget, branches: number): readonly number[] => {
  const what = 'solve() target';
  checkRecord(what, target, 'such as { change: 0.01 } or { changes: [...] }');
  if ('changes' in target) {
    checkOptions(target, ['changes'], what);
    const { changes } = target;
    const rises =
      Array.isArray(changes) &&
      changes.length === branches &&
      changes.every((change, i) => Number.isFinite(change) && change > (changes[i - 1] ?? 0));
    check(rises, `${what}.changes`, changes, `${branches} rising numbers above 0, D behind every branch`);
    return changes;
  }
  checkOptions(target, ['change', 'growth'], what);
  const { change, growth = 'constant' } = target;
  checkNumber(`${what}.change`, change, 'numbers > 0', (value) => value > 0);
  checkOneOf(`${what}.growth`, growth, LAWS);
  return Array.from({ length: branches }, (_, i) => change * risen(growth, i + 1, branches));
};
