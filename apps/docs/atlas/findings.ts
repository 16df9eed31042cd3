import { type Facts, LINE } from '../../../experiments/src/items/atlas/facts';
import type { Growth } from '../../../experiments/src/items/atlas/growth';
import { CLOSE, NEAR, SAME } from '../../../experiments/src/items/atlas/predicted';
import { ALIKE, near, type Widths } from '../../../experiments/src/items/atlas/widths';
import { titleOf } from '../methods/titles';

/** One finding in words, how far it carries, and whether the numbers still say it. */
export interface Finding {
  readonly text: string;
  readonly limits: string;
  readonly holds: boolean;
}

const shown = (growth: Growth | undefined): string => {
  const { value, interval } = growth?.exponent ?? { value: 0, interval: null };
  const ends = interval ? ` (${interval.map((end) => end.toFixed(2)).join(' to ')})` : '';
  return `${value.toFixed(2)}${ends}`;
};

const below = (growth: Growth | undefined): boolean => (growth?.exponent?.interval?.[1] ?? LINE) < LINE;
const above = (growth: Growth | undefined): boolean => (growth?.exponent?.interval?.[0] ?? LINE) > LINE;

const listed = (rows: readonly Pick<Facts, 'method'>[]): string => {
  const names = rows.map(({ method }) => titleOf(method));
  return names.length > 1 ? `${names.slice(0, -1).join(', ')} and ${names.at(-1)}` : (names[0] ?? 'none');
};

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

const ofWidths = (rows: readonly Facts[]): readonly Widths[] => rows.flatMap(({ widths: own }) => own ?? []);

const width = (rows: readonly Facts[]): string => {
  const [first] = ofWidths(rows);
  return first ? `width ${first.at[0]!.width}` : 'one width';
};

/** Whether wider networks have the same exponents. */
const widths = (rows: readonly Facts[]): string => {
  const known = ofWidths(rows);
  const [first] = known;
  if (!first) return '';
  const same = (kind: 'random' | 'aligned'): number =>
    known.filter(({ at }) => near(at.map((each) => each[kind]))).length;
  return (
    ` At widths ${first.at
      .slice(1)
      .map((each) => each.width)
      .join(' and ')} the exponents of ${same('random')} (random) and ${same('aligned')} (aligned) of ` +
    `${known.length} methods are within ${ALIKE} of those over the same N.`
  );
};

/** The paper's law is one of random changes. */
const randomAndAligned = (rows: readonly Facts[]): Finding => {
  const moving = rows.filter(({ random, aligned }) => random?.exponent && aligned?.exponent);
  const keeping = moving.filter(({ random }) => below(random));
  const amplifying = keeping.filter(({ aligned }) => above(aligned));
  const [pre, own] = ['preLN', 'admin'].map((name) => rows.find(({ method }) => method === name));
  return {
    text:
      `The paper's O(log N) is a law of random changes. ${keeping.length} of ${moving.length} methods keep those below a ` +
      `power of ${LINE} of the depth, and ${amplifying.length} of these ${keeping.length} amplify a step along the gradient: ` +
      `Pre-LN goes from an exponent of ${shown(pre?.random)} to ${shown(pre?.aligned)}, Admin from ${shown(own?.random)} to ` +
      `${shown(own?.aligned)}.`,
    limits: `At the start, of encoders of ${width(rows)}, and of one step of signs, as the first of Adam is. Later steps are less aligned.${widths(rows)}`,
    holds:
      2 * amplifying.length > keeping.length &&
      [pre, own].every((row) => below(row?.random) && above(row?.aligned)),
  };
};

/** How many methods' aligned changes are within a factor of the predicted ones. */
const sized = (rows: readonly Facts[], factor: number): number =>
  rows.filter(({ predicted }) => Math.abs(Math.log(predicted?.factor ?? 0)) <= Math.log(factor)).length;

/** How far theory carries. */
const theory = (rows: readonly Facts[]): Finding => {
  const random = rows
    .flatMap(({ method, predicted }) =>
      predicted?.worst === undefined ? [] : [{ method, worst: predicted.worst }],
    )
    .toSorted((a, b) => b.worst - a.worst);
  const within = (distance: number): number => random.filter(({ worst }) => worst <= distance).length;
  const aligned = rows
    .flatMap(({ method, predicted }) =>
      predicted?.off === undefined ? [] : [{ method, off: predicted.off }],
    )
    .toSorted((a, b) => Math.abs(b.off) - Math.abs(a.off));
  const same = aligned.filter(({ off }) => Math.abs(off) <= SAME);
  const [furthest, oddest] = [random[0], aligned[0]];
  return {
    text:
      `Theory foretells both from the variances of the branches alone, with no free constant: theorem 2 is within ${percent(CLOSE)} of ` +
      `the random change at every N to 100 for ${within(CLOSE)} of ${random.length} methods, within ${percent(NEAR)} for ${within(NEAR)}; ` +
      `the coherent sum is within ${SAME} of the aligned exponent for ${same.length} of ${aligned.length}, and within a factor of 2 of ` +
      `the aligned change at every N to 100 for ${sized(rows, 2)}.`,
    limits:
      `Furthest off are ${furthest ? `${titleOf(furthest.method)}, by ${percent(furthest.worst)} of its random change` : 'none'}, and ` +
      `${oddest ? `${titleOf(oddest.method)}, by ${oddest.off.toFixed(2)} of its aligned exponent` : 'none'}.`,
    holds: 2 * within(NEAR) > random.length && 2 * same.length > aligned.length,
  };
};

/** Exponents of aligned changes that grow by more than the square of the depth. */
const STRONG = 2;

/** Which methods keep a step along the gradient, and whether that is what trains. */
const kept = (rows: readonly Facts[]): Finding => {
  const judged = rows.filter(({ word }) => word !== undefined);
  const of = (word: Facts['word']): Facts[] => judged.filter((row) => row.word === word);
  const [amplifying, steady, lazy, open] = [of('amplifies'), of('steady'), of('lazy'), of('cannot tell')];
  const groups = [
    ...(steady.length > 0 ? [`steady are ${listed(steady)}`] : []),
    ...(lazy.length > 0 ? [`lazy are ${listed(lazy)}`] : []),
    ...(open.length > 0 ? [`open are ${listed(open)}`] : []),
  ];
  const deepest = Math.max(...rows.flatMap(({ learned }) => learned.map(({ layers }) => layers)));
  const learns = ({ learned }: Facts): boolean =>
    learned.filter(({ layers }) => layers === deepest).every(({ failed }) => failed === 0);
  const tried = judged.filter(({ learned }) => learned.length > 0);
  const strong = tried.filter(({ aligned }) => (aligned?.exponent?.value ?? 0) > STRONG);
  const others = tried.filter((row) => !strong.includes(row));
  const share = (group: readonly Facts[]): number => group.filter(learns).length / Math.max(1, group.length);
  const counted = (group: readonly Facts[]): string =>
    `${group.filter(learns).length} of the ${group.length}`;
  return {
    text:
      `A step along the gradient is amplified by ${amplifying.length} of ${judged.length} methods at the start; ${groups.join('; ')}.` +
      (Number.isFinite(deepest)
        ? ` Amplifying is not failing, unless it is strong: ${deepest} blocks train without warm-up at every rate tried with ` +
          `${counted(strong)} methods whose aligned exponent is above ${STRONG} (${listed(strong)}), and with ` +
          `${counted(others)} others; those that do not are ${listed(others.filter((row) => !learns(row)))}.`
        : ''),
    limits:
      'Training is of small language models for a short time, two networks at each of two rates that are the same for all methods; ' +
      "no rate is each one's best. Failing is to learn no more than how often each subword occurs, which a method may do by diverging or by being slow.",
    holds:
      2 * amplifying.length > judged.length &&
      groups.length > 0 &&
      (tried.length === 0 || 2 * share(strong) < share(others)),
  };
};

/** The findings above the table; a test holds each to the committed numbers. */
export const findingsOf = (rows: readonly Facts[]): Finding[] => [
  randomAndAligned(rows),
  theory(rows),
  kept(rows),
];
