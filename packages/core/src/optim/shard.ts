import { check, isRecord } from '../checks/errors';
import type { Extent } from '../state/flat';
import type { SegmentStep } from './adamStep';

/**
 * A share of an optimizer's work, of several that train the same parameters (ZeRO stage 1, Rajbhandari et al. 2020, section 5.1):
 * it has the moments of a stretch of the flat arrays, and updates that; the rest is for the others.
 */
export interface OptimizerShard {
  /** Of P trained scalars, in their flat order, those that are updated here. */
  stretch(size: number): Extent;
  /** Fills a flat array, [P], of which the own stretch is given, with those of the others. All call it alike. */
  gather(flat: Float32Array): Promise<unknown>;
}

/** How machines that train one model come to one gradient and to each other's weights. All make the same calls. */
export interface Between extends OptimizerShard {
  /**
   * Adds up all machines' gradients, [P] in the flat order: afterwards the own stretch of this one is the sum. Gives all
   * machines' sums by name, such as of losses, and the sum of squares of the whole gradient.
   */
  reduce(gradient: Float32Array, sums: Readonly<Record<string, number>>): Promise<JoinedSums>;
  /**
   * Begins `reduce` of an array that is still being filled, so that what is ready of it is sent meanwhile; `reduce` of the same
   * array ends it. Default: nothing is sent before all is there.
   */
  begin?(gradient: Float32Array): Promise<BegunReduction>;
}

/** What all machines come to. */
export interface JoinedSums {
  /** Of what each gave, by name. */
  readonly sums: Readonly<Record<string, number>>;
  /** The sum of squares of the whole gradient. */
  readonly squares: number;
}

/** A gradient on its way to the other machines while it is computed. */
export interface BegunReduction {
  /** The own machine writes this stretch no more. */
  ready(stretch: Extent): void;
  /** Sends and takes what can be at once; is called often, as the event loop stands still. */
  goOn(): void;
  /** Brings it to its end where there will be no gradient, so that other calls can follow. */
  abandon(): Promise<unknown>;
}

const has = (value: unknown, names: readonly string[]): boolean =>
  isRecord(value) && names.every((name) => typeof value[name] === 'function');

export const isShard = (value: unknown): boolean => has(value, ['stretch', 'gather']);

export const isBetween = (value: unknown): boolean => has(value, ['stretch', 'gather', 'reduce']);

/** The stretch that a shard says is its own, of P scalars; all of them without one. Throws on what is none. */
export const checkedStretch = (shard: OptimizerShard | undefined, size: number): Extent => {
  if (!shard) return { from: 0, to: size };
  const { from, to } = shard.stretch(size);
  const sound = [from, to].every(Number.isSafeInteger) && from >= 0 && from <= to && to <= size;
  check(sound, 'stretch of an Optimizer shard', [from, to], `whole numbers from 0 to ${size}, in order`);
  return { from, to };
};

/** What of an update falls into a stretch, from its beginning on. */
export const within = (steps: readonly SegmentStep[], { from, to }: Extent): SegmentStep[] =>
  steps
    .map((each) => ({ ...each, from: Math.max(each.from, from) - from, to: Math.min(each.to, to) - from }))
    .filter((each) => each.from < each.to);

/** A flat array, [P], that has values in a stretch alone. */
export const spread = (own: Float32Array, { from }: Extent, size: number): Float32Array => {
  const flat = new Float32Array(size);
  flat.set(own, from);
  return flat;
};
