import {
  type CheckedChange,
  type MeasuredDepths,
  measureDepths,
  type Sampled,
  sampled,
} from '@steadyformer/analysis';
import { SteadyformerError } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import type { Architecture } from '../subject/architectures';
import type { AnyBatch } from '../subject/subject';

/** The output change at one depth, without a fit. */
export interface MeasuredPoint {
  readonly blocks: number;
  /** N, residual branches. */
  readonly depth: number;
  readonly change: Sampled;
  readonly squaredNorm: number;
  /** The theory's; its constant is open where a branch has no closed form, or the change is a gradient's. */
  readonly predicted: number | null;
}

export interface PointOptions {
  readonly depths: readonly number[];
  readonly seeds: readonly number[];
  readonly change: CheckedChange<AnyBatch>;
  readonly stack?: string;
  readonly onNetwork: (done: number, total: number) => void;
}

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

/** Measures an architecture at a few depths, too few for a law: prefixes of a saved model, else networks of their own. */
export const measurePoints = async (
  { name, saved, build }: Architecture,
  { depths, seeds, change, stack, onNetwork }: PointOptions,
): Promise<MeasuredPoint[]> => {
  if (depths.some((depth, i) => depth <= (depths[i - 1] ?? 0))) {
    throw new SteadyformerError(`${name}: depths ${depths.join(', ')} do not increase`);
  }
  const networks = seeds.flatMap((seed) =>
    saved ? [{ seed, blocks: depths }] : depths.map((depth) => ({ seed, blocks: [depth] })),
  );
  const found = new Map<number, MeasuredDepths['points'][number][]>();
  let known = true;
  for (const [i, { seed, blocks }] of networks.entries()) {
    const { model, batch } = await build(seed, blocks.at(-1)!);
    try {
      const measured = await measureDepths({ model, batch }, change, seed, stack, blocks);
      known &&= measured.constantKnown;
      for (const point of measured.points)
        found.set(point.blocks, [...(found.get(point.blocks) ?? []), point]);
    } finally {
      model.dispose();
      tf.dispose(batch as tf.TensorContainer);
    }
    onNetwork(i + 1, networks.length);
  }
  return depths.map((blocks) => {
    const points = found.get(blocks)!;
    return {
      blocks,
      depth: points[0]!.depth,
      change: sampled(points.map((point) => point.change)),
      squaredNorm: mean(points.map((point) => point.norm)),
      predicted: known ? mean(points.map((point) => point.predicted.change)) : null,
    };
  });
};
