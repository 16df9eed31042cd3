import * as v from 'valibot';
import { meanOf } from '../../framework/statistics';
import { endOf, learningFields } from '../../measure/learning';
import { distinct } from '../../measure/points';

export const COMPARED = ['postLN', 'preLN'] as const;
export type Compared = (typeof COMPARED)[number];
export const RULES = ['sgd', 'adam'] as const;
export type Rule = (typeof RULES)[number];

/** The training of one network. */
export const point = v.object({
  method: v.picklist(COMPARED),
  rule: v.picklist(RULES),
  rate: v.number(),
  seed: v.number(),
  /** How far the decoder's lowest third of blocks moved over the highest third; null where it diverged. */
  moved: v.nullable(v.number()),
  ...learningFields,
});
export type Point = v.InferOutput<typeof point>;

export const ratesOf = (points: readonly Point[], rule: Rule): number[] =>
  distinct(points.filter((each) => each.rule === rule).map(({ rate }) => rate));

/** The networks of one setting, by seed. */
export const at = (points: readonly Point[], method: Compared, rule: Rule, rate: number): Point[] =>
  points
    .filter((each) => each.method === method && each.rule === rule && each.rate === rate)
    .toSorted((a, b) => a.seed - b.seed);

const divergences = (runs: readonly Point[]): number => runs.filter(({ diverged }) => diverged).length;

/** The networks of the rate whose mean loss at the end is lowest, of those at which fewest diverged. */
export const best = (points: readonly Point[], method: Compared, rule: Rule): Point[] =>
  ratesOf(points, rule)
    .map((rate) => at(points, method, rule, rate))
    .toSorted((a, b) => divergences(a) - divergences(b) || meanOf(a.map(endOf)) - meanOf(b.map(endOf)))[0]!;
