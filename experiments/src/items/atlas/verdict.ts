import type { Claim, Word } from '../../framework/item';
import { digits } from '../../framework/statistics';
import { LABELS, type Method } from '../../measure/methods';
import { compared, missed } from './earlier';
import { type Facts, factsOf, LINE } from './facts';
import { type Growth, shownGrowth } from './growth';
import type { Point } from './points';
import { CLOSE, NEAR, SAME } from './predicted';
import { ALIKE, alike, near } from './widths';

/** How the paper writes a method's name. */
const nameOf = (method: string): string => LABELS[method as Method] ?? method;

const side = ({ exponent }: Growth): 'above' | 'below' | 'open' => {
  if (!exponent) return 'below';
  if (!exponent.interval) return 'open';
  const [low, high] = exponent.interval;
  if (low > LINE) return 'above';
  return high < LINE ? 'below' : 'open';
};

/** Exponents held against the side that they should lie on. */
const onSides = (expected: readonly (readonly [Growth | undefined, 'above' | 'below'])[]): Word => {
  const sides = expected.map(([growth, wanted]) => [growth ? side(growth) : 'open', wanted] as const);
  if (sides.every(([found, wanted]) => found === wanted)) return 'agrees';
  return sides.some(([found, wanted]) => found !== 'open' && found !== wanted) ? 'disagrees' : 'cannot tell';
};

const pair = (row: Facts | undefined): string =>
  row?.random && row.aligned
    ? `random ${shownGrowth(row.random)}, aligned ${shownGrowth(row.aligned)}`
    : 'none';

/** Distance from theory that is far. */
const FAR = 0.5;

const worstOf = ({ predicted }: Facts): number | undefined => predicted?.worst;

const furthestFirst = (rows: readonly Facts[]): Facts[] =>
  rows.filter((row) => worstOf(row) !== undefined).toSorted((one, other) => worstOf(other)! - worstOf(one)!);

const prediction = (rows: readonly Facts[]): Claim => {
  const known = furthestFirst(rows);
  const worst = known[0] && worstOf(known[0]);
  const near = known.filter((row) => worstOf(row)! <= NEAR).length;
  const word =
    worst === undefined
      ? 'cannot tell'
      : worst <= NEAR
        ? 'agrees'
        : worst > FAR
          ? 'disagrees'
          : 'cannot tell';
  return {
    claim: `random signs: theorem 2 predicts the mean change of every method to N = 100 within ${100 * NEAR} %`,
    word,
    found:
      worst === undefined
        ? 'no method has a prediction'
        : `${near} of ${known.length} methods; furthest ${known
            .slice(0, 3)
            .map((row) => `${nameOf(row.method)} ${(100 * worstOf(row)!).toFixed(0)} %`)
            .join(', ')}`,
  };
};

/** How many methods should be that close. */
const METHODS = 12;

const closely = (rows: readonly Facts[]): Claim => {
  const known = furthestFirst(rows).toReversed();
  const close = known.filter((row) => worstOf(row)! <= CLOSE);
  const rest = known.filter((row) => worstOf(row)! > CLOSE);
  const shown = (row: Facts): string => `${nameOf(row.method)} ${(100 * worstOf(row)!).toFixed(0)} %`;
  return {
    claim: `random signs: theorem 2 is within ${100 * CLOSE} % to N = 100 for at least ${METHODS} methods`,
    word: close.length >= METHODS ? 'agrees' : known.length === rows.length ? 'disagrees' : 'cannot tell',
    found: `${close.length} of ${known.length}: ${close.map(shown).join(', ') || 'none'}${
      rest.length > 0 ? `; the others ${rest.map(shown).join(', ')}` : ''
    }`,
  };
};

const coherent = (rows: readonly Facts[]): Claim => {
  const known = rows.flatMap(({ method, predicted: { off, factor } = {} }) =>
    off === undefined ? [] : [{ method, off, factor }],
  );
  const near = known.filter(({ off }) => Math.abs(off) <= SAME);
  const far = known.filter(({ off }) => Math.abs(off) > SAME);
  const share = near.length / known.length;
  const factors = near.flatMap(({ factor }) => factor ?? []).toSorted((a, b) => a - b);
  return {
    claim: `aligned changes: the coherent sum predicts the exponent within ${SAME} for three methods in four`,
    word:
      known.length === 0
        ? 'cannot tell'
        : share >= 0.75
          ? 'agrees'
          : share < 0.5
            ? 'disagrees'
            : 'cannot tell',
    found:
      known.length === 0
        ? 'no method has a prediction'
        : `${near.length} of ${known.length}${
            factors.length > 0
              ? `, whose changes are ${digits(factors[0]!)} to ${digits(factors.at(-1)!)} times the predicted`
              : ''
          }${
            far.length > 0
              ? `; off are ${far
                  .map(({ method, off }) => `${nameOf(method)} by ${off > 0 ? '+' : ''}${off.toFixed(2)}`)
                  .join(', ')}`
              : ''
          }`,
  };
};

const width = (rows: readonly Facts[]): Claim => {
  const known = rows.flatMap(({ method, widths }) => (widths ? [{ method, ...widths }] : []));
  const those = (kind: 'random' | 'aligned', are: (growths: readonly Growth[]) => boolean) =>
    known.filter(({ at }) => are(at.map((each) => each[kind])));
  const [random, aligned] = [those('random', alike), those('aligned', alike)];
  const [nearRandom, nearAligned] = [those('random', near), those('aligned', near)];
  const least = Math.min(random.length, aligned.length) / known.length;
  const odd = known.filter((each) => !nearRandom.includes(each) || !nearAligned.includes(each));
  const shown = ({ method, at }: (typeof known)[number]): string =>
    `${nameOf(method)} ${(['random', 'aligned'] as const)
      .map(
        (kind) => `${kind} ${at.map((each) => each[kind].exponent?.value.toFixed(2) ?? 'none').join(', ')}`,
      )
      .join(' and ')}`;
  const names = known[0]?.at.map((each) => each.width).join(', ');
  return {
    claim: `exponents do not depend on the width: those of wider networks are within ${ALIKE} of the narrowest's, or their intervals meet, for nine methods in ten`,
    word:
      known.length === 0
        ? 'cannot tell'
        : least >= 0.9
          ? 'agrees'
          : least < 0.5
            ? 'disagrees'
            : 'cannot tell',
    found:
      known.length === 0
        ? 'one width only'
        : `widths ${names}, N = ${known[0]!.depths.join(', ')}: random ${random.length} of ${known.length}, of them ${nearRandom.length} within ${ALIKE}, aligned ${aligned.length}, of them ${nearAligned.length}${
            odd.length > 0 ? `; not within are ${odd.map(shown).join('; ')}` : ''
          }`,
  };
};

const words = (rows: readonly Facts[]): Claim => {
  const named = (word: Facts['word']): string => {
    const own = rows.filter((row) => row.word === word).map(({ method }) => nameOf(method));
    return own.length > 0 ? `${word}: ${own.join(', ')}` : '';
  };
  const judged = rows.filter(({ word }) => word !== undefined);
  const steady = judged.filter(({ word }) => word === 'steady' || word === 'lazy').length;
  const open = judged.some(({ word }) => word === 'cannot tell');
  return {
    claim: 'aligned changes: most methods amplify them',
    word:
      2 * judged.filter(({ word }) => word === 'amplifies').length > judged.length
        ? 'agrees'
        : 2 * steady > judged.length || !open
          ? 'disagrees'
          : 'cannot tell',
    found: (['amplifies', 'steady', 'lazy', 'cannot tell'] as const).map(named).filter(Boolean).join('; '),
  };
};

const earlierOnes = (points: readonly Point[]): Claim => {
  const rows = compared(points);
  const odd = rows.flatMap(missed);
  const shown = rows.map(({ method, exponents }) => {
    const pairs = exponents.map(({ kind, earlier, now }) => `${kind} ${digits(now)} (then ${earlier})`);
    return `${nameOf(method)} ${pairs.join(', ')}`;
  });
  return {
    claim:
      'an earlier measurement, of 2 networks a point at N = 8 to 64, is met: exponents within 0.3 or the scatter of networks, changes within a factor of 2',
    word: rows.length === 0 ? 'cannot tell' : odd.length === 0 ? 'agrees' : 'disagrees',
    found:
      [...shown, ...(odd.length > 0 ? [`not met: ${odd.join(', ')}`] : [])].join('; ') ||
      'none of its methods',
  };
};

const training = (rows: readonly Facts[]): Claim => {
  const deepest = Math.max(...rows.flatMap(({ learned }) => learned.map(({ layers }) => layers)));
  const at = (method: string) =>
    rows.find((row) => row.method === method)?.learned.filter(({ layers }) => layers === deepest) ?? [];
  const [post, pre] = [at('postLN'), at('preLN')];
  const all = [...post, ...pre];
  const shown = (name: string, own: Facts['learned']): string =>
    `${name} ${own.map(({ rate, failed, of }) => `${failed} of ${of} fail at ${rate}`).join(', ')}`;
  const fails = post.every(({ failed, of }) => failed === of);
  const trains = pre.every(({ failed }) => failed === 0);
  const reverse = post.every(({ failed }) => failed === 0) || pre.every(({ failed, of }) => failed === of);
  return {
    claim: 'the deepest models without warm-up: Post-LN fails at both rates, Pre-LN trains at both',
    word:
      all.length === 0 ? 'cannot tell' : fails && trains ? 'agrees' : reverse ? 'disagrees' : 'cannot tell',
    found:
      all.length === 0
        ? 'not measured yet'
        : `${deepest} blocks: ${shown('Post-LN', post)}; ${shown('Pre-LN', pre)}`,
  };
};

export const claimsOf = (points: readonly Point[]): Claim[] => {
  const rows = factsOf(points);
  const of = (method: string): Facts | undefined => rows.find((row) => row.method === method);
  const [post, pre, own] = [of('postLN'), of('preLN'), of('admin')];
  return [
    prediction(rows),
    closely(rows),
    {
      claim: 'Post-LN amplifies random and aligned changes, exponents above 0.8',
      word: onSides([
        [post?.random, 'above'],
        [post?.aligned, 'above'],
      ]),
      found: pair(post),
    },
    {
      claim: 'Pre-LN and Admin keep random changes, exponents below 0.8, and amplify aligned ones, above',
      word: onSides([
        [pre?.random, 'below'],
        [pre?.aligned, 'above'],
        [own?.random, 'below'],
        [own?.aligned, 'above'],
      ]),
      found: `Pre-LN ${pair(pre)}; Admin ${pair(own)}`,
    },
    words(rows),
    coherent(rows),
    width(rows),
    earlierOnes(points),
    training(rows),
  ];
};
