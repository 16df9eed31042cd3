import type { InputDescription } from './description';

/** One residual with every quantity of the theory as a number. */
export interface Step {
  readonly path: string;
  /** omega_i. */
  readonly omega: number;
  /** v_i = Var[a_i]. */
  readonly variance: number;
  /** Variance of the change of a_i by the branch's own perturbed weights: v_i C_i. */
  readonly change: number;
  /** Backward variance gain of the branch with respect to the stream, its scale and norms included. */
  readonly gradientGain: number;
  /** Second moment of what the branch reads, before its norm: Var[x_{i-1}], with the mean where no norm takes it. */
  readonly inputPower: number;
  /** Var[b_i] of the sum. */
  readonly sumVariance: number;
  /** What the sum is divided by: sqrt(Var[b_i]) with a norm after it, else 1. */
  readonly divisor: number;
  /** Whether the block's input joins the sum. */
  readonly extraShortcut: boolean;
  readonly startsBlock: boolean;
}

export interface Resolved {
  readonly input: InputDescription;
  readonly steps: readonly Step[];
}
