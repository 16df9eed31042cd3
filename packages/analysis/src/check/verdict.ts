import { mean } from '@steadyformer/core';
import { type GrowthExponent, growthExponent } from '../fit/exponent';
import type { Estimate } from '../fit/leastSquares';
import { type GrowthClass, NOTATION } from '../theory/growthClass';
import { remedyText } from './advice';
import type { Evidence } from './evidence';
import type { Finding, JudgedTheory, VerdictWord } from './finding';
import {
  allows,
  amplifying,
  type ExpectedExponent,
  expectedExponents,
  FALLING,
  type TheoryGrowth,
  TOLERANCE,
} from './laws';
import { verdictText } from './verdictText';

/** What the numbers of a depth check say of an architecture. */
export interface Verdict {
  readonly word: VerdictWord;
  /** The law of growth; absent where the networks leave more than one open, or contradict theory. */
  readonly class?: GrowthClass;
  /** `O(log N)` and the like; `less than O(N)`, `O(N) or more` or `cannot tell` without a class. */
  readonly notation: string;
  /** Whether a class is named. */
  readonly sure: boolean;
  readonly amplifies: boolean;
  /** p of D_N - D_0 ~ N^p with its 95 % interval over networks. Absent where D_N - D_0 is nothing. */
  readonly exponent?: Estimate;
  /** The exponents that each law shows at these depths, which the interval is held against. */
  readonly expected: readonly ExpectedExponent[];
  /** What theory says of the same networks; absent under a gradient, and where it names no class. */
  readonly theory?: JudgedTheory;
  /** A few sentences: the verdict, its grounds, and what to do. */
  readonly text: string;
}

/** Below this share of D_0 the branches' changes are nothing beside the input's. */
const NOTHING = 0.02;
/** Within this distance of the interval theory's own law stands; beyond it the networks contradict theory. */
const NEAR = 0.1;

/**
 * The verdict on an architecture: a class of growth is named where the interval of the growth exponent over networks
 * leaves that class alone open, and theory, where it speaks, is not contradicted.
 */
export const verdictOf = (evidence: Evidence): Verdict => {
  const { depths, networks, predicted, theoryClass } = evidence;
  const input = mean(networks.map(({ inputChange }) => inputChange));
  const exponent = growthExponent(depths, networks, NOTHING * input);
  if (!exponent) return withoutExponent(evidence, input);
  const byDepth = new Map(depths.map((depth, k) => [depth, predicted[k]! - input]));
  const theory: TheoryGrowth | undefined = theoryClass && {
    class: theoryClass,
    exponent: exponent.of((depth) => byDepth.get(depth)!),
  };
  const expected = expectedExponents(exponent, evidence.offset, theory);
  const finding = { ...decide(exponent, expected, theory), exponent, expected };
  return verdict(finding, evidence);
};

const decide = (
  { estimate: { interval } }: GrowthExponent,
  expected: readonly ExpectedExponent[],
  theory: TheoryGrowth | undefined,
): Pick<Finding, 'word' | 'open' | 'theory'> => {
  if (!interval) {
    return {
      word: 'cannot tell',
      open: [],
      ...(theory ? { theory: { ...theory, contradicted: false } } : {}),
    };
  }
  const within = expected
    .filter((law) => allows(interval, law, law.class === theory?.class ? NEAR : TOLERANCE))
    .map((law) => law.class);
  // A line that bends a little upwards is still one.
  const open = within.filter((each) => each !== 'superlinear' || !within.includes('linear'));
  const amplifies = wordOf(open, interval, expected);
  const contradicted =
    theory !== undefined &&
    ((open.length > 0 && !open.includes(theory.class)) || !near(interval, theory.exponent));
  const against = contradicted && amplifying(theory.class) !== amplifies;
  const falls = interval[1] < FALLING;
  return {
    word:
      amplifies === undefined || against
        ? 'cannot tell'
        : amplifies
          ? 'amplifies'
          : falls
            ? 'lazy'
            : 'steady',
    open,
    ...(theory ? { theory: { ...theory, contradicted } } : {}),
  };
};

/** Whether changes are amplified, where all laws that are open agree; between laws, on which side of midway it lies. */
const wordOf = (
  open: readonly GrowthClass[],
  [low, high]: readonly [number, number],
  expected: readonly ExpectedExponent[],
): boolean | undefined => {
  if (open.length > 0) {
    const amplifies = open.map(amplifying);
    return new Set(amplifies).size === 1 ? amplifies[0] : undefined;
  }
  const law = (wanted: GrowthClass) => expected.find((each) => each.class === wanted)!;
  if (high < (law('logarithmic').high + law('linear').low) / 2) return false;
  return low > law('linear').high ? true : undefined;
};

const near = (interval: readonly [number, number], exponent: number): boolean =>
  !Number.isFinite(exponent) || allows(interval, { low: exponent, high: exponent }, NEAR);

/** Where D_N - D_0 is nothing, or nearly: branches that are switched off at the start. */
const withoutExponent = (evidence: Evidence, input: number): Verdict => {
  const { networks, theoryClass } = evidence;
  const still = networks.every(({ inputChange, changes }) =>
    changes.every((change) => change - inputChange <= NOTHING * input),
  );
  const theory = theoryClass && { class: theoryClass, exponent: Number.NaN, contradicted: false };
  const named = theoryClass === undefined || theoryClass === 'constant';
  return verdict(
    {
      word: still ? 'lazy' : 'cannot tell',
      open: still && named ? ['constant'] : [],
      ...(theory ? { theory } : {}),
      expected: [],
    },
    evidence,
  );
};

const verdict = (finding: Finding, evidence: Evidence): Verdict => {
  const { word, open, exponent, expected, theory } = finding;
  const told = word !== 'cannot tell' && !theory?.contradicted;
  const known = told && open.length === 1 ? open[0] : undefined;
  return {
    word,
    ...(known ? { class: known } : {}),
    notation: known ? NOTATION[known] : WITHOUT_CLASS[word],
    sure: known !== undefined,
    amplifies: word === 'amplifies',
    ...(exponent ? { exponent: exponent.estimate } : {}),
    expected,
    ...(theory ? { theory } : {}),
    text: `${verdictText(finding, known, evidence)} ${remedyText(finding, known, evidence)}`,
  };
};

const WITHOUT_CLASS: Readonly<Record<VerdictWord, string>> = {
  amplifies: 'O(N) or more',
  steady: 'less than O(N)',
  lazy: 'no growth',
  'cannot tell': 'cannot tell',
};
