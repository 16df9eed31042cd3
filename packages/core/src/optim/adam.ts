import { fields, parseAs } from '../checks/schema';
import { type AdamOptions, adamEntries, type UpdateRule } from './rule';

/**
 * Adam (Kingma and Ba 2015, algorithm 1), with decoupled weight decay where asked (AdamW, Loshchilov and Hutter
 * 2019): p := (1 - lr wd) p - lr m^ / (sqrt(v^) + eps).
 */
export const adam = (options: AdamOptions = {}): UpdateRule => {
  const { beta1, beta2, epsilon, weightDecay } = parseAs(fields(adamEntries()), options, 'adam()');
  return {
    name: 'adam',
    options: { beta1, beta2, epsilon, weightDecay },
    with: (own) => adam({ ...options, ...own }),
    coefficients: (update, learningRate) => ({
      beta1,
      beta2,
      epsilon,
      stepSize: learningRate / (1 - beta1 ** update),
      rootScale: 1 / Math.sqrt(1 - beta2 ** update),
      adaptive: true,
      decay: 1 - learningRate * weightDecay,
      l2: 0,
    }),
  };
};
