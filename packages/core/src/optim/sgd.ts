import * as v from 'valibot';
import { fields, parseAs } from '../checks/schema';
import { weightDecay as decay, decaying, type UpdateRule } from './rule';

/** Options of `sgd`. */
export interface SgdOptions {
  /** Default 0. */
  readonly momentum?: number;
  /** Decoupled weight decay of parameters with two axes and more. Default 0. */
  readonly weightDecay?: number;
}

/**
 * Stochastic gradient descent with momentum in PyTorch's form: m := momentum m + g; p := p - lr m.
 * The Adam arithmetic keeps (1 - momentum) times that m, which the step size makes up for.
 */
export const sgd = (options: SgdOptions = {}): UpdateRule => {
  const schema = fields({ momentum: v.optional(decaying(), 0), weightDecay: v.optional(decay(), 0) });
  const { momentum, weightDecay } = parseAs(schema, options, 'sgd()');
  return {
    name: 'sgd',
    options: { momentum, weightDecay },
    with: (own) => sgd({ ...options, ...own }),
    coefficients: (_update, learningRate) => ({
      beta1: momentum,
      beta2: 0,
      epsilon: 1,
      stepSize: learningRate / (1 - momentum),
      rootScale: 0,
      adaptive: false,
      decay: 1 - learningRate * weightDecay,
      l2: 0,
    }),
  };
};
