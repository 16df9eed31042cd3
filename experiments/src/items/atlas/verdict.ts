import type { Claim, Word } from '../../framework/item';
import { digits } from '../../framework/statistics';
import { LABELS, type Method } from '../../measure/methods';
import { compared, missed } from './earlier';
import { type Facts, factsOf } from './facts';
import { type Growth, shownGrowth } from './growth';
import type { Point } from './points';

/** How the paper writes a method's name. */
const nameOf = (method: string): string => LABELS[method as Method] ?? method;

/** From here an exponent is that of amplification, as `verdictOfGrowth` has it. */
const LINE = 0.8;

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

/** Distance from theory that is near, and that is far. */
const [NEAR, FAR] = [0.3, 0.5];

const prediction = (rows: readonly Facts[]): Claim => {
  const known = rows.filter(({ worst }) => worst !== undefined);
  const sorted = known.toSorted((one, other) => other.worst! - one.worst!);
  const worst = sorted[0];
  const near = known.filter((row) => row.worst! <= NEAR).length;
  const word = !worst
    ? 'cannot tell'
    : worst.worst! <= NEAR
      ? 'agrees'
      : worst.worst! > FAR
        ? 'disagrees'
        : 'cannot tell';
  return {
    claim: `random signs: theorem 2 predicts the mean change of every method to N = 100 within ${100 * NEAR} %`,
    word,
    found: worst
      ? `${near} of ${known.length} methods; furthest ${sorted
          .slice(0, 3)
          .map((row) => `${nameOf(row.method)} ${(100 * row.worst!).toFixed(0)} %`)
          .join(', ')}`
      : 'no method has a prediction',
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

const earlierOnes = async (points: readonly Point[]): Promise<Claim> => {
  const rows = await compared(points);
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

export const claimsOf = async (points: readonly Point[]): Promise<Claim[]> => {
  const rows = await factsOf(points);
  const of = (method: string): Facts | undefined => rows.find((row) => row.method === method);
  const [post, pre, own] = [of('postLN'), of('preLN'), of('admin')];
  return [
    prediction(rows),
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
    await earlierOnes(points),
    training(rows),
  ];
};
