import { checkOptions } from '../../checks/errors';
import { ONE, type ResidualMethod } from '../residual';
import { type MethodNorm, normOption } from './normOption';

/** Options of `periLN`. */
export interface PeriLNOptions {
  /** All norms of the stack. Default 'rms'. */
  readonly norm?: MethodNorm;
}

/**
 * x' = x + N(f(N(x))), N a norm on either side of every branch, and one more at the end of the stack (Kim et al. 2025,
 * Peri-LN; Gemma 2). With 'layer' it is the sandwich. The paper's norm of the embeddings is not part of this: a
 * residual record begins at the stream.
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 * @see {@link https://arxiv.org/abs/2502.02732 | Kim et al. 2025, Peri-LN: Revisiting Normalization Layer in the Transformer Architecture}
 */
export const periLN = (options: PeriLNOptions = {}): ResidualMethod => {
  checkOptions(options, ['norm'], 'periLN()');
  const norm = normOption(options.norm, 'periLN()');
  return {
    name: 'periLN',
    options: { norm },
    plan: () => ({ residual: { before: norm, inside: norm, shortcutScale: ONE, branchScale: ONE } }),
  };
};
