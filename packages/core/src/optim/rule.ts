import * as v from 'valibot';
import type { AdamStepAttrs } from '../backend/kernels';
import { finite } from '../checks/schema';

/** What one update of the Adam family multiplies and adds, computed on the CPU from the update number. */
export type StepCoefficients = Omit<AdamStepAttrs, 'gradientScale'>;

/** What groups of parameters may have in place of their rule's. */
export interface OwnOptions {
  readonly weightDecay?: number;
  readonly epsilon?: number;
}

/**
 * An optimizer as a pure function of the update number (from 1) and the learning rate. The arithmetic over the
 * flat buffers is the same for all (kernels.ts, SteadyAdamStep).
 */
export interface UpdateRule {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly coefficients: (update: number, learningRate: number) => StepCoefficients;
  /** The same rule with some of its `options` replaced. Without it groups may only have a rate of their own. */
  readonly with?: (own: OwnOptions) => UpdateRule;
}

/** Options of `adam`. */
export interface AdamOptions {
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.98, as in the paper's recipes. */
  readonly beta2?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
  /**
   * Decoupled weight decay, p := p - lr * decay * p, of parameters with two axes and more: not of norms, biases and
   * scales, unless a group says so. Default 0.
   */
  readonly weightDecay?: number;
}

type NumberSchema = v.CustomSchema<number, string>;

/** A factor of a moving average. */
export const decaying = (): NumberSchema =>
  finite('numbers in [0, 1) as float32', (beta) => beta >= 0 && Math.fround(beta) < 1);

export const weightDecay = (): NumberSchema => finite('numbers >= 0', (decay) => decay >= 0);

export const epsilon = (): NumberSchema =>
  finite('numbers > 0 as float32', (value) => Math.fround(value) > 0);

type WithDefault = v.OptionalSchema<NumberSchema, number>;

/** The options of Adam and its relatives. */
export const adamEntries = (): Readonly<Record<keyof AdamOptions, WithDefault>> => ({
  beta1: v.optional(decaying(), 0.9),
  beta2: v.optional(decaying(), 0.98),
  epsilon: v.optional(epsilon(), 1e-8),
  weightDecay: v.optional(weightDecay(), 0),
});
