import { checkFlag, checkInteger, checkOneOf, checkOptions } from '../../checks/errors';
import { ONE, type ResidualMethod } from '../residual';

/** How the output change may grow with the number N of residual branches: O(log N), O(1) or O(N). */
export type GrowthTarget = 'logarithmic' | 'constant' | 'linear';

/** Options of `adminConstant`. */
export interface AdminConstantOptions {
  /** Default 'logarithmic'. */
  readonly target?: GrowthTarget;
  /** Whether omega is trained from the constant (a vector of width D). Default false. */
  readonly trainable?: boolean;
}

/**
 * The shortcut scale that gives N equal residual branches the target growth, without profiling (the authors'
 * admin-torch, 2022): sqrt((N + 1) / ln(N + 1) - 1) for O(log N), sqrt(N) for O(1), 1 for O(N).
 *
 * @throws SteadyformerError on a number of branches that is not whole and positive, and on an unknown target
 */
export const constantOmega = (branches: number, target: GrowthTarget = 'logarithmic'): number => {
  checkInteger('constantOmega branches', branches);
  checkOneOf('constantOmega target', target, ['logarithmic', 'constant', 'linear']);
  if (target === 'linear') return 1;
  return Math.sqrt(target === 'constant' ? branches : (branches + 1) / Math.log(branches + 1) - 1);
};

/**
 * Admin with one constant omega a stack: x' = LN(omega x + f(x)).
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 * @see {@link https://github.com/microsoft/admin-torch | Liu 2022, admin-torch}
 * @see {@link https://arxiv.org/abs/2004.08249 | Liu et al. 2020, Understanding the Difficulty of Training Transformers}
 */
export const adminConstant = (options: AdminConstantOptions = {}): ResidualMethod => {
  checkOptions(options, ['target', 'trainable'], 'adminConstant()');
  const { target = 'logarithmic', trainable = false } = options;
  constantOmega(1, target);
  checkFlag('adminConstant() trainable', trainable);
  return {
    name: 'adminConstant',
    options: { target, trainable },
    plan: ({ branches }) => {
      const value = constantOmega(branches, target);
      return {
        residual: {
          after: 'layer',
          shortcutScale: trainable ? { kind: 'vector', initial: value } : { kind: 'constant', value },
          branchScale: ONE,
        },
      };
    },
  };
};
