import { outputChange, type Sampled, sampled } from '@steadyformer/analysis';
import type { Choice } from '../methods';
import { NETWORKS } from '../sizes';
import { measuredBatch, measuredNetwork, STEP_SIZE } from './networks';

/** The measured output change after `depth` residual branches. */
export interface MeasuredPoint {
  readonly depth: number;
  readonly change: Sampled;
}

/** About so many depths are measured: a page needs no more to draw a curve. */
const POINTS = 12;

/** Depths in residual branches, the last among them. */
export const depthsOf = (branches: number): number[] => {
  const count = Math.min(POINTS, branches);
  return Array.from({ length: count }, (_, i) => Math.round(((i + 1) * branches) / count));
};

/**
 * Output change of real networks of the choice, a new one and a new step a seed. Yields what is known after each: mean
 * and its 95 % interval over the networks so far. Uses tfjs's active backend and leaves no tensor behind.
 */
export async function* measure(choice: Choice, seed: number): AsyncGenerator<readonly MeasuredPoint[]> {
  const depths = depthsOf(2 * choice.depth);
  const samples = depths.map((): number[] => []);
  for (let network = 0; network < NETWORKS; network++) {
    const own = seed + network;
    const batch = measuredBatch(own);
    try {
      const model = await measuredNetwork(choice, own, batch);
      try {
        const change = { kind: 'sign', size: STEP_SIZE } as const;
        const { encoder = [] } = await outputChange(model, batch, { change, seeds: [own], depths });
        const found = encoder.filter(({ depth }) => depth > 0);
        for (const [i, point] of found.entries()) samples[i]!.push(point.change.mean);
      } finally {
        model.dispose();
      }
    } finally {
      batch.dispose();
    }
    yield depths.map((depth, i) => ({ depth, change: sampled([...samples[i]!]) }));
  }
}
