import type { AdamStepAttrs } from '../backend/kernels';
import { checkNumber, checkOptions } from '../checks/errors';

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

/** The defaults of Adam and its relatives. */
export const ADAM: Required<AdamOptions> = { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0 };

const decaying = (what: string, value: number): number =>
  checkNumber(what, value, 'numbers in [0, 1) as float32', (beta) => beta >= 0 && Math.fround(beta) < 1);

/** What each option of a rule may be. */
const OPTIONS = {
  beta1: decaying,
  beta2: decaying,
  momentum: decaying,
  epsilon: (what: string, value: number): number =>
    checkNumber(what, value, 'numbers > 0 as float32', (epsilon) => Math.fround(epsilon) > 0),
  weightDecay: (what: string, value: number): number =>
    checkNumber(what, value, 'numbers >= 0', (decay) => decay >= 0),
};

/**
 * The options of a rule over its defaults, whose keys say which there are. Throws on one that is unknown or not what
 * it may be; `rule` is the name of the rule.
 */
export const ruleOptions = <T extends object>(options: Partial<T>, defaults: T, rule: string): T => {
  checkOptions(options, Object.keys(defaults), rule);
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  for (const [key, value] of given) {
    if (key in OPTIONS) OPTIONS[key as keyof typeof OPTIONS](`${rule} ${key}`, value as number);
  }
  return { ...defaults, ...Object.fromEntries(given) };
};
