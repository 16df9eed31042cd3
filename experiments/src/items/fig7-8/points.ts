import * as v from 'valibot';
import { METHODS, type Method } from '../../measure/methods';

export const MOMENTS = ['first', 'middle', 'last'] as const;
export type Moment = (typeof MOMENTS)[number];

/** Layer dependency of one encoder at one moment of its training. */
export const point = v.object({
  method: v.picklist(METHODS),
  /** Encoder blocks. */
  depth: v.number(),
  seed: v.number(),
  at: v.picklist(MOMENTS),
  update: v.number(),
  /** Negative log-likelihood a token of the update before, null at the first. */
  loss: v.nullable(v.number()),
  /** beta_ij, row i - 1, column 0 the embedding. */
  beta: v.array(v.array(v.number())),
  /** Mean of omega_i over features by sub-layer; empty without omega. */
  omega: v.array(v.number()),
});
export type Point = v.InferOutput<typeof point>;

export const diagonal = ({ beta }: Point): number[] => beta.map((row) => row.at(-1)!);

/** The networks of a method and depth at one moment, by seed. */
export const of = (points: readonly Point[], method: Method, depth: number, at: Moment): Point[] =>
  points
    .filter((each) => each.method === method && each.depth === depth && each.at === at)
    .toSorted((a, b) => a.seed - b.seed);
