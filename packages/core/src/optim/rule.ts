import type { AdamStepAttrs } from '../kernels';

/** What one update of the Adam family multiplies and adds, computed on the CPU from the update number. */
export type StepCoefficients = Omit<AdamStepAttrs, 'gradientScale'>;

/**
 * An optimizer as a pure function of the update number (from 1) and the learning rate. The arithmetic over the
 * flat buffers is the same for all (kernels.ts, SteadyAdamStep).
 */
export interface UpdateRule {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
  readonly coefficients: (update: number, learningRate: number) => StepCoefficients;
}

export interface AdamOptions {
  /** Default 0.9. */
  readonly beta1?: number;
  /** Default 0.98, as in the paper's recipes. */
  readonly beta2?: number;
  /** Default 1e-8. */
  readonly epsilon?: number;
  /** Decoupled weight decay: p := p - lr * decay * p. Default 0. */
  readonly weightDecay?: number;
}
