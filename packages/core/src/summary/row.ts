import type { Spread } from '../residual/formula';

/** One line of a summary: a sub-layer, a final norm, or a module outside the stacks that holds parameters. */
export interface SummaryRow {
  readonly path: string;
  /** Numbers that no row above counts. */
  readonly parameters: number;
  /** What it computes with the values of its scales, such as `x' = LN(1.54 x + f(x))`, or what it is. */
  readonly formula: string;
  /** What the formula only names: the spread of a scale, the inside of a branch, with whom it shares. */
  readonly notes: readonly string[];
  /** The path of the stack it belongs to. */
  readonly stack?: string;
  /** The trained scales of a sub-layer as they are now. */
  readonly omega?: Spread;
  readonly alpha?: Spread;
}
