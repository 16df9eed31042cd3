import type { TokenBatch } from '../../data/batch';
import type { TokenBatches } from './task';

/** A batch's sizes: rows and tokens a row of each side. */
interface Shape {
  readonly index: number;
  readonly source: readonly [number, number];
  readonly target: readonly [number, number];
}

/** What an epoch of batches comes to. */
export interface EpochShape {
  readonly batches: number;
  readonly tokens: { readonly source: number; readonly target: number };
  /** Positions of all batches, those that only fill up included. */
  readonly positions: number;
  /** The batch that takes the most memory, and one of the usual size, by their places in the first epoch. */
  readonly largest: number;
  readonly typical: number;
}

const positionsOf = ({ source, target }: Omit<Shape, 'index'>): number =>
  source[0] * source[1] + target[0] * target[1];

/** A batch without the source where nobody reads it. */
const shapeOf = ({ sourceShape, targetShape }: TokenBatch, sides: boolean): Omit<Shape, 'index'> => ({
  source: sides ? sourceShape : [0, 0],
  target: targetShape,
});

/**
 * What activations take, up to a factor: of every position some features of the stream's width, and the maps of
 * attention, which grow with the square of the length.
 */
const memoryOf = (
  { source: [, s], target: [rows, t] }: Omit<Shape, 'index'>,
  { width, heads }: { readonly width: number; readonly heads: number },
): number => rows * (8 * width * (s + t) + heads * (s * s + s * t + t * t));

/** Looks at every batch of the first epoch. `sides` is false where only the target is read. */
export const epochShape = (
  batches: TokenBatches,
  sides: boolean,
  model: { readonly width: number; readonly heads: number },
  onProgress: (done: number) => void,
): EpochShape => {
  const shapes: Shape[] = [];
  const tokens = { source: 0, target: 0 };
  let positions = 0;
  for (const batch of batches.epoch()) {
    const shape = { index: shapes.length, ...shapeOf(batch, sides) };
    shapes.push(shape);
    positions += positionsOf(shape);
    if (sides) tokens.source += batch.sourceTokens;
    tokens.target += batch.targetTokens;
    if (shapes.length % 1000 === 0) onProgress(shapes.length);
  }
  const largest = shapes.reduce((a, b) => (memoryOf(b, model) > memoryOf(a, model) ? b : a));
  const bySize = [...shapes].sort((a, b) => positionsOf(a) - positionsOf(b));
  const typical = bySize[Math.floor(bySize.length / 2)]!;
  return { batches: shapes.length, tokens, positions, largest: largest.index, typical: typical.index };
};
