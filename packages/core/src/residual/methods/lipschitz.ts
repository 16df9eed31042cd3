import * as tf from '@tensorflow/tfjs';
import { checkNumber, checkOneOf, checkOptions } from '../../checks/errors';
import { limitedLength } from '../../ops/lengths';
import { spectralCap, spectralNormalize } from '../../ops/spectral';
import type { ResidualMethod, Scale } from '../residual';
import type { Projection, TrainingSite } from '../training';

/** Options of `lipschitz`. */
export interface LipschitzOptions {
  /** The largest factor by which a matrix may change the root mean square of a token's features. Default 1. */
  readonly bound?: number;
  /**
   * How matrices are held there after every update: 'cap' brings singular values above the bound down to it, 'normalize'
   * divides the whole matrix, at a fraction of the cost. Default 'cap'.
   */
  readonly constraint?: 'cap' | 'normalize';
}

const constant = (value: number): Scale => ({ kind: 'constant', value });

/** Every matrix of those side by side on its own. */
const eachOf = (
  x: tf.Tensor2D,
  columns: readonly number[],
  make: (part: tf.Tensor2D) => tf.Tensor2D,
): tf.Tensor2D =>
  columns.length === 1 ? make(x) : tf.concat(tf.split<tf.Tensor2D>(x, [...columns], 1).map(make), 1);

/**
 * x' = (1 - 1/(2 L)) x + f(x)/(2 L) without norms, L the blocks, attention's f divided by 3; after every update each matrix
 * [m, n] has singular values up to (n/m)^(1/2), and rows of tables a length up to 1 (Newhouse et al. 2025, sections 3 and 4).
 * A stack then changes its input by no more than it is changed, which Muon and GeLU of the original take part in: here the
 * update rule is the user's, and the scores of attention keep their usual scale.
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 * @see {@link https://arxiv.org/abs/2507.13338 | Newhouse et al. 2025, Training Transformers with Enforced Lipschitz Constants}
 */
export const lipschitz = (options: LipschitzOptions = {}): ResidualMethod => {
  checkOptions(options, ['bound', 'constraint'], 'lipschitz()');
  const { bound = 1, constraint = 'cap' } = options;
  checkNumber('lipschitz() bound', bound, 'numbers > 0', (value) => value > 0 && Number.isFinite(value));
  checkOneOf('lipschitz() constraint', constraint, ['cap', 'normalize']);
  const hold = constraint === 'cap' ? spectralCap : spectralNormalize;

  const projection = ({ role, columns, shape }: TrainingSite): Projection | undefined => {
    if (role === 'embedding' || role === 'output') {
      return { name: 'rows of length <= 1', project: (value) => limitedLength(value, 1, 1) };
    }
    if (role !== 'matrix' || !columns) return undefined;
    const [inputs] = shape as readonly [number, number];
    const part = (x: tf.Tensor2D): tf.Tensor2D => hold(x, bound * Math.sqrt(x.shape[1] / inputs));
    return {
      name: `singular values <= ${bound === 1 ? '' : `${bound} `}sqrt(outputs / inputs)`,
      project: (value) => eachOf(value as tf.Tensor2D, columns, part),
    };
  };

  return {
    name: 'lipschitz',
    options: { ...options },
    plan: ({ depth, kind }) => {
      const share = 1 / (2 * depth);
      const branch = kind.endsWith('Attention') ? share / 3 : share;
      return { residual: { shortcutScale: constant(1 - share), branchScale: constant(branch) } };
    },
    projection,
  };
};
