import { fitGrowth, type GrowthFit, type GrowthPoint, type Sampled, sampled } from '@steadyformer/analysis';
import * as v from 'valibot';
import { METHODS, type Method } from '../../measure/methods';
import { depthsOf } from '../../measure/points';

export const KINDS = ['random', 'gradient'] as const;
export type Kind = (typeof KINDS)[number];

/** D_N of one encoder after one step of its weights. */
export const point = v.object({
  kind: v.picklist(KINDS),
  method: v.picklist(METHODS),
  seed: v.number(),
  /** N, residual branches. */
  depth: v.number(),
  change: v.number(),
  /** D_0, measured. */
  inputChange: v.number(),
  /** D_N of a random step, by theorem 2. */
  predicted: v.number(),
  /** The sum of beta_ii^2 up to N. */
  diagonalSum: v.number(),
});
export type Point = v.InferOutput<typeof point>;

/** All networks of a method after one kind of step, at one depth. */
export interface Curve {
  readonly kind: Kind;
  readonly method: Method;
  readonly at: readonly {
    readonly depth: number;
    readonly change: Sampled;
    readonly predicted: number;
    readonly diagonalSum: number;
  }[];
  readonly inputChange: number;
}

const mean = (values: readonly number[]): number => sampled(values).mean;

export const curveOf = (points: readonly Point[], kind: Kind, method: Method): Curve => {
  const own = points.filter((each) => each.kind === kind && each.method === method);
  return {
    kind,
    method,
    inputChange: mean(own.map(({ inputChange }) => inputChange)),
    at: depthsOf(own).map((depth) => {
      const here = own.filter((each) => each.depth === depth);
      return {
        depth,
        change: sampled(here.map(({ change }) => change)),
        predicted: mean(here.map(({ predicted }) => predicted)),
        diagonalSum: mean(here.map(({ diagonalSum }) => diagonalSum)),
      };
    }),
  };
};

/** Laws of growth fitted to the mean network, as in the paper. */
export const fitOf = ({ at }: Curve): Promise<GrowthFit> =>
  fitGrowth(at.map(({ depth, change }): GrowthPoint => ({ depth, value: change.mean })));
