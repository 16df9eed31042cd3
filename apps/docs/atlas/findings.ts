import type { Facts } from '../../../experiments/src/items/atlas/facts';
import type { Growth } from '../../../experiments/src/items/atlas/growth';
import { titleOf } from '../methods/titles';

/** One finding in words, and whether the numbers still say it. */
export interface Finding {
  readonly text: string;
  readonly holds: boolean;
}

const LINE = 0.8;

const shown = (growth: Growth | undefined): string => {
  const { value, interval } = growth?.exponent ?? { value: 0, interval: null };
  const ends = interval ? ` (${interval.map((end) => end.toFixed(2)).join(' to ')})` : '';
  return `${value.toFixed(2)}${ends}`;
};

const below = (growth: Growth | undefined): boolean => (growth?.exponent?.interval?.[1] ?? LINE) < LINE;
const above = (growth: Growth | undefined): boolean => (growth?.exponent?.interval?.[0] ?? LINE) > LINE;

const listed = (rows: readonly Facts[]): string => {
  const names = rows.map(({ method }) => titleOf(method));
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : (names[0] ?? 'none');
};

/** The paper's law is one of random changes. */
const randomAndAligned = (rows: readonly Facts[]): Finding => {
  const [pre, own] = ['preLN', 'admin'].map((name) => rows.find(({ method }) => method === name));
  return {
    text:
      `The paper's O(log N) is a law of random changes. Pre-LN and Admin keep those, with exponents of ${shown(pre?.random)} ` +
      `and ${shown(own?.random)}, and amplify a step along the gradient, with ${shown(pre?.aligned)} and ${shown(own?.aligned)}.`,
    holds: [pre, own].every((row) => below(row?.random) && above(row?.aligned)),
  };
};

const NEAR = 0.3;

/** How far theory carries. */
const theory = (rows: readonly Facts[]): Finding => {
  const known = rows
    .flatMap(({ method, predicted }) =>
      predicted?.worst === undefined ? [] : [{ method, worst: predicted.worst }],
    )
    .toSorted((a, b) => a.worst - b.worst);
  const near = known.filter(({ worst }) => worst <= NEAR);
  const furthest = known.at(-1);
  return {
    text:
      `Theorem 2 foretells the random change of ${near.length} of ${known.length} methods within ${100 * NEAR} % at every N to 100; ` +
      `furthest off is ${furthest ? `${titleOf(furthest.method)}, by ${(100 * furthest.worst).toFixed(0)} %` : 'none'}.`,
    holds: 2 * near.length > known.length,
  };
};

/** Which methods keep a step along the gradient. */
const kept = (rows: readonly Facts[]): Finding => {
  const judged = rows.filter(({ word }) => word !== undefined);
  const of = (word: Facts['word']): Facts[] => judged.filter((row) => row.word === word);
  const [amplifying, steady, lazy, open] = [of('amplifies'), of('steady'), of('lazy'), of('cannot tell')];
  const rest = [
    ...(steady.length > 0 ? [`steady are ${listed(steady)}`] : []),
    ...(lazy.length > 0 ? [`lazy ${listed(lazy)}`] : []),
    ...(open.length > 0 ? [`open ${listed(open)}`] : []),
  ];
  return {
    text: `A step along the gradient is amplified by ${amplifying.length} of ${judged.length} methods at the start; ${rest.join(', ')}.`,
    holds: 2 * amplifying.length > judged.length && rest.length > 0,
  };
};

/** The findings above the table; a test holds each to the committed numbers. */
export const findingsOf = (rows: readonly Facts[]): Finding[] => [
  randomAndAligned(rows),
  theory(rows),
  kept(rows),
];
