import { checkNumber, checkOptions } from '../../checks/errors';
import { ONE, type ResidualMethod } from '../residual';

/** Options of `layerScale`. */
export interface LayerScaleOptions {
  /** Where lambda starts. Default: by the depth of the stack, see `layerScaleInitial`. */
  readonly initial?: number;
}

/** The paper's start of lambda: 0.1 up to 18 blocks, 1e-5 up to 24, 1e-6 for deeper stacks. */
export const layerScaleInitial = (depth: number): number => {
  if (depth <= 18) return 0.1;
  return depth <= 24 ? 1e-5 : 1e-6;
};

/**
 * x' = x + lambda (.) f(LN(x)), lambda a trained vector of width D (Touvron et al. 2021, CaiT, eq. 4).
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 * @see {@link https://arxiv.org/abs/2103.17239 | Touvron et al. 2021, Going Deeper with Image Transformers}
 */
export const layerScale = (options: LayerScaleOptions = {}): ResidualMethod => {
  checkOptions(options, ['initial'], 'layerScale()');
  const { initial } = options;
  if (initial !== undefined) checkNumber('layerScale() initial', initial);
  return {
    name: 'layerScale',
    options: initial === undefined ? {} : { initial },
    plan: ({ depth }) => ({
      residual: {
        before: 'layer',
        shortcutScale: ONE,
        branchScale: { kind: 'vector', initial: initial ?? layerScaleInitial(depth) },
      },
    }),
  };
};
