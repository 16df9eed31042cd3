import type { Claim, Word } from '../../framework/item';
import { judge, shown } from '../../framework/statistics';
import { type Compared, hasFailed, networks, type Point, type Shape, shapeText } from './points';

/** Of each seed, one shape's quantity over another's. */
const ratios = (one: readonly Point[], other: readonly Point[], of: (p: Point) => number): number[] =>
  one.map((each, i) => of(each) / of(other[i]!));

const failures = (points: readonly Point[]): string =>
  `${points.filter(hasFailed).length} of ${points.length} failed`;

/** 'agrees' where all of `bad` fail and none of `good`; 'disagrees' where no more of `bad` fail than of `good`. */
const failing = (bad: readonly Point[], good: readonly Point[]): Word => {
  const [fails, others] = [bad.filter(hasFailed).length, good.filter(hasFailed).length];
  if (bad.length < 3) return 'cannot tell';
  if (fails === bad.length && others === 0) return 'agrees';
  return fails <= others && others < good.length ? 'disagrees' : 'cannot tell';
};

export const claimsOf = (points: readonly Point[]): Claim[] => {
  const of = (shape: Shape, method: Compared): Point[] => networks(points, shape, method);
  const text = (shape: Shape): string => shapeText(points, shape);
  const post = of('deep', 'postLN');
  const deep = ratios(post, of('deep', 'admin'), ({ predictedEncoder }) => predictedEncoder);
  const deepMeasured = ratios(post, of('deep', 'admin'), ({ measuredDecoder }) => measuredDecoder);
  const shallow = of('shallow', 'postLN');
  const even = of('even', 'postLN');
  const both = (p: Point): number => p.predictedEncoder + p.predictedDecoder;
  const predicted = ratios(shallow, even, both);
  const measured = ratios(shallow, even, ({ measuredDecoder }) => measuredDecoder);
  const gradient = ratios(shallow, even, ({ gradientDecoder }) => gradientDecoder);
  return [
    {
      claim: `${text('deep')}: prediction tells Post-LN from Admin, predicted change of the encoder 3 times as large`,
      word: judge(deep, { above: 3 }, { below: 1.5 }),
      found: `${shown(deep)}; measured at the decoder's output ${shown(deepMeasured)}`,
    },
    {
      claim: `${text('deep')}: Post-LN fails and Admin trains`,
      word: failing(post, of('deep', 'admin')),
      found: `Post-LN ${failures(post)}, Admin ${failures(of('deep', 'admin'))}`,
    },
    {
      claim: `prediction says that ${text('shallow')} Post-LN is less stable than ${text('even')}: predicted change larger`,
      word: judge(predicted, { above: 1 }, { below: 1 }),
      found: `${shown(predicted)} times; measured ${shown(measured)}, after a gradient step ${shown(gradient)}`,
    },
    {
      claim: `${text('shallow')} Post-LN fails where ${text('even')} trains`,
      word: failing(shallow, even),
      found: `${text('shallow')} ${failures(shallow)}, ${text('even')} ${failures(even)}; Admin ${failures(of('shallow', 'admin'))} and ${failures(of('even', 'admin'))}`,
    },
  ];
};
