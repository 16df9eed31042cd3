import * as v from 'valibot';
import { learningFields } from '../../measure/learning';
import { METHODS, type Method } from '../../measure/methods';
import { depthsOf, distinct } from '../../measure/points';

/** One network at one place of the map. */
export const point = v.object({
  method: v.picklist(METHODS),
  /** Blocks of each stack. */
  depth: v.number(),
  /** Peak learning rate. */
  rate: v.number(),
  seed: v.number(),
  ...learningFields,
});
export type Point = v.InferOutput<typeof point>;

export interface Setting {
  readonly depth: number;
  readonly rate: number;
}

/** The places of the map, the shallow and the slow first. */
export const settingsOf = (points: readonly Point[]): Setting[] => {
  const rates = distinct(points.map(({ rate }) => rate));
  return depthsOf(points).flatMap((depth) => rates.map((rate) => ({ depth, rate })));
};

export const networks = (points: readonly Point[], method: Method, { depth, rate }: Setting): Point[] =>
  points.filter((each) => each.method === method && each.depth === depth && each.rate === rate);
