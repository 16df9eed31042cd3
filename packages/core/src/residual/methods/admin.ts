import { checkOneOf, checkOptions } from '../../checks/errors';
import { ONE, type ResidualMethod } from '../residual';

/** Options of `admin`. */
export interface AdminOptions {
  /** A trained vector of width D as in the authors' code, or one trained scalar. Default 'vector'. */
  readonly shape?: 'vector' | 'scalar';
}

/**
 * x' = LN(omega (.) x + f(x)), omega trained, set from a profile before training (Liu et al. 2020, section 4.1).
 * Until `initialize` of @steadyformer/admin-init sets it, omega is 1 and the model is a Post-LN model.
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 * @see {@link https://arxiv.org/abs/2004.08249 | Liu et al. 2020, Understanding the Difficulty of Training Transformers}
 */
export const admin = (options: AdminOptions = {}): ResidualMethod => {
  checkOptions(options, ['shape'], 'admin()');
  const { shape = 'vector' } = options;
  checkOneOf('admin() shape', shape, ['vector', 'scalar']);
  return {
    name: 'admin',
    options: { shape },
    plan: () => ({
      residual: { after: 'layer', shortcutScale: { kind: shape, initial: 'profiled' }, branchScale: ONE },
    }),
  };
};
