import type { GrowthFit, LawName } from '@steadyformer/analysis';
import type { Claim, Word } from '../../framework/item';
import { digits, judge, shown } from '../../framework/statistics';
import { LABELS, type Method } from '../../measure/methods';
import { type Curve, curveOf, fitOf, KINDS, type Kind, type Point } from './points';

/** A line explains it as well as the paper says. */
const GOOD = 0.97;

const r2 = ({ fits }: GrowthFit, law: LawName): number => fits.find((fit) => fit.law === law)!.r2;

const power = ({ fits }: GrowthFit): number => fits.find(({ law }) => law === 'power')!.parameters.p!.value;

const lawText = (method: Method, fit: GrowthFit): string =>
  `${LABELS[method]} R² ${r2(fit, 'linear').toFixed(3)} of a + b N, ${r2(fit, 'logarithmic').toFixed(3)} of a + b ln(N + c), best power ${digits(power(fit))}`;

/** The word for curves that should follow a law of which others are wrong. */
const wordOf = (fits: readonly GrowthFit[], law: 'linear' | 'logarithmic'): Word => {
  const others = law === 'linear' ? ['logarithmic', 'superlinear'] : ['linear', 'superlinear'];
  if (fits.every((fit) => r2(fit, law) >= GOOD && fit.class === law)) return 'agrees';
  return fits.some((fit) => others.includes(fit.class)) ? 'disagrees' : 'cannot tell';
};

const last = ({ at }: Curve): readonly number[] => at.at(-1)!.change.samples;

const byKind = async (points: readonly Point[], kind: Kind): Promise<Claim[]> => {
  const of = (method: Method): Curve => curveOf(points, kind, method);
  const [post, pre, own] = [of('postLN'), of('preLN'), of('admin')];
  const [postFit, preFit, ownFit] = await Promise.all([fitOf(post), fitOf(pre), fitOf(own)]);
  const step = kind === 'random' ? 'random step' : 'gradient step';
  const most = last(pre).map((value, i) => Math.max(value, last(own)[i] ?? value));
  const ratios = last(post).map((value, i) => value / most[i]!);
  const deepest = post.at.at(-1)!.depth;
  return [
    {
      claim: `${step}: Post-LN grows as N`,
      word: wordOf([postFit], 'linear'),
      found: lawText('postLN', postFit),
    },
    {
      claim: `${step}: Pre-LN and Admin grow as log N`,
      word: wordOf([preFit, ownFit], 'logarithmic'),
      found: `${lawText('preLN', preFit)}; ${lawText('admin', ownFit)}`,
    },
    {
      claim: `${step}: at N = ${deepest} Post-LN changes more than 5 times as much as either`,
      word: judge(ratios, { above: 5 }, { below: 5 }),
      found: `${shown(ratios)} times`,
    },
  ];
};

/** Depths to which the prediction is held. */
const NEAR = 50;

const prediction = (points: readonly Point[]): Claim => {
  const offs = (['preLN', 'admin'] as const).flatMap((method) =>
    curveOf(points, 'random', method)
      .at.filter(({ depth }) => depth <= NEAR)
      .map(({ change, predicted }) => change.mean / predicted - 1),
  );
  const [low, high] = [Math.min(...offs), Math.max(...offs)];
  const within = (share: number): boolean => low > -share && high < share;
  return {
    claim: `random step: theorem 2 predicts Pre-LN and Admin to N = ${NEAR} within 10 %`,
    word: within(0.1) ? 'agrees' : within(0.3) ? 'cannot tell' : 'disagrees',
    found: `measured over predicted ${digits(1 + low)} to ${digits(1 + high)}`,
  };
};

export const claimsOf = async (points: readonly Point[]): Promise<Claim[]> => {
  const claims: Claim[] = [];
  for (const kind of KINDS) claims.push(...(await byKind(points, kind)));
  return [...claims, prediction(points)];
};
