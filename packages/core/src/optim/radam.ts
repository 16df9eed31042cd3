import * as v from 'valibot';
import { fields, oneOf, parseAs } from '../checks/schema';
import { type AdamOptions, adamEntries, type UpdateRule } from './rule';

/** Options of `radam`. */
export interface RAdamOptions extends AdamOptions {
  /**
   * What happens in the first updates, where the variance of the adaptive rate is not tractable (rho_t below
   * the threshold): 'skip' leaves the weights alone, weight decay included, as the authors' package does; 'momentum'
   * takes un-adapted momentum steps, with decay, as PyTorch does. Default 'skip'. (The copy in Admin's training code
   * skips the step and decays: by 1 - lr decay in each of five updates.)
   */
  readonly warmStart?: 'skip' | 'momentum';
}

/**
 * Rectified Adam (Liu et al. 2020b): rho_t = rho_inf - 2 t beta2^t / (1 - beta2^t), rho_inf = 2 / (1 - beta2) - 1;
 * once rho_t is large enough (5 or more with 'skip', above 5 with 'momentum')
 * p := p - lr r_t m^ / (sqrt(v^) + eps), r_t^2 = (rho_t - 4)(rho_t - 2) rho_inf / ((rho_inf - 4)(rho_inf - 2) rho_t).
 */
export const radam = (options: RAdamOptions = {}): UpdateRule => {
  const schema = fields({ ...adamEntries(), warmStart: v.optional(oneOf(['skip', 'momentum']), 'skip') });
  const { beta1, beta2, epsilon, weightDecay, warmStart } = parseAs(schema, options, 'radam()');
  const rhoInfinity = 2 / (1 - beta2) - 1;
  return {
    name: 'radam',
    options: { beta1, beta2, epsilon, weightDecay, warmStart },
    with: (own) => radam({ ...options, ...own }),
    coefficients: (update, learningRate) => {
      const power = beta2 ** update;
      const rho = rhoInfinity - (2 * update * power) / (1 - power);
      const rectified = warmStart === 'skip' ? rho >= 5 : rho > 5;
      const momentumStep = learningRate / (1 - beta1 ** update);
      const rectification = Math.sqrt(
        ((rho - 4) * (rho - 2) * rhoInfinity) / ((rhoInfinity - 4) * (rhoInfinity - 2) * rho),
      );
      const unrectifiedStep = warmStart === 'momentum' ? momentumStep : 0;
      const skipped = !rectified && warmStart === 'skip';
      return {
        beta1,
        beta2,
        epsilon,
        // Bias correction of v stands in the step size, so that epsilon is added to the plain sqrt(v).
        stepSize: rectified ? momentumStep * rectification * Math.sqrt(1 - power) : unrectifiedStep,
        rootScale: 1,
        adaptive: rectified,
        decay: skipped ? 1 : 1 - learningRate * weightDecay,
        l2: 0,
      };
    },
  };
};
