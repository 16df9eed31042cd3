import { checkFlag, checkOneOf, checkOptions } from '../../checks/errors';
import { ONE, type ResidualMethod } from '../residual';

/** Options of `skipInit`. */
export interface SkipInitOptions {
  /** Where alpha starts: at 0, or at N^(-1/2) for the N branches of the stack. Default 'zero'. */
  readonly initial?: 'zero' | 'inverseSqrt';
  /** Whether a LayerNorm stands before the branch. Default false: the scalar replaces the norm. */
  readonly preNorm?: boolean;
}

/**
 * x' = x + alpha f(x), alpha one trained scalar a branch (De and Smith 2020, section 3).
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 * @see {@link https://arxiv.org/abs/2002.10444 | De and Smith 2020, Batch Normalization Biases Residual Blocks Towards the Identity}
 */
export const skipInit = (options: SkipInitOptions = {}): ResidualMethod => {
  checkOptions(options, ['initial', 'preNorm'], 'skipInit()');
  const { preNorm = false } = options;
  checkFlag('skipInit() preNorm', preNorm);
  const { initial = 'zero' } = options;
  checkOneOf('skipInit() initial', initial, ['zero', 'inverseSqrt']);
  return {
    name: 'skipInit',
    options: { initial, preNorm },
    plan: ({ branches }) => ({
      residual: {
        ...(preNorm ? { before: 'layer' as const } : {}),
        shortcutScale: ONE,
        branchScale: { kind: 'scalar', initial: initial === 'zero' ? 0 : branches ** -0.5 },
      },
    }),
  };
};
