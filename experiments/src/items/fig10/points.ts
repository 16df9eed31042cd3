import * as v from 'valibot';
import { METHODS, type Method } from '../../measure/methods';

/** What came of one cell of the grid. */
export const point = v.object({
  method: v.picklist(METHODS),
  /** The learning rate at the first update. */
  rate: v.number(),
  beta2: v.number(),
  seed: v.number(),
  /** Updates until a loss or gradient was not finite; null where all were. */
  stopped: v.nullable(v.number()),
  /** Negative log-likelihood a token of held-out text at the end, in nats; null where training stopped. */
  heldOut: v.nullable(v.number()),
  /** That of a model that knows only how often each subword occurs. */
  unigrams: v.number(),
});
export type Point = v.InferOutput<typeof point>;

/** Stopped, or it knows no more than how often each subword occurs. */
export const hasDiverged = ({ heldOut, unigrams }: Point): boolean => heldOut === null || heldOut >= unigrams;

/** The held-out loss, the unigrams' where it has diverged. */
export const lossOf = (each: Point): number => (hasDiverged(each) ? each.unigrams : each.heldOut!);

/** The cells of a method and seed, in one order for all. */
export const gridOf = (points: readonly Point[], method: Method, seed: number): Point[] =>
  points
    .filter((each) => each.method === method && each.seed === seed)
    .toSorted((a, b) => a.rate - b.rate || a.beta2 - b.beta2);
