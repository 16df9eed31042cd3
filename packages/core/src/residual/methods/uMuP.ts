import { checkNumber, checkOptions } from '../../checks/errors';
import type { Place } from '../place';
import type { ResidualMethod } from '../residual';
import { type MethodNorm, normOption } from './normOption';

/** Options of `uMuP`. */
export interface UMuPOptions {
  /** What attention and feed-forward branches add to the stream's deviation, each over the embedding's part. Default 1. */
  readonly residualMult?: number;
  /** Attention's part over feed-forward's, as deviations. Default 1. */
  readonly residualAttnRatio?: number;
  /** All norms of the stack. Default 'rms'. */
  readonly norm?: MethodNorm;
}

/** Variances that one branch of attention and one feed-forward branch add, the embedding's being 1. */
interface Parts {
  readonly attention: number;
  readonly feedForward: number;
}

/** The parts of all branches of a kind, over how many the stack has: a block's last is its feed-forward. */
const partsOf = (mult: number, ratio: number, { depth, branches }: Place): Parts => {
  const feedForward = (2 * mult ** 2) / (1 + ratio ** 2);
  const attentions = branches - depth;
  return {
    attention: attentions > 0 ? (ratio ** 2 * feedForward) / attentions : 0,
    feedForward: feedForward / depth,
  };
};

/** t_i^2: what a branch adds over all that the stream holds before it. */
const squareOf = (parts: Parts, { block, index, endsBlock }: Place): number => {
  const before = 1 + (index - block) * parts.attention + block * parts.feedForward;
  return (endsBlock ? parts.feedForward : parts.attention) / before;
};

/**
 * x' = (x + t f(N(x))) / sqrt(1 + t^2), t_i constant so that embedding, attention and feed-forward branches have equal
 * parts of the stream at the end, whatever the depth, and its variance stays 1 where branches have variance 1 (Blake et
 * al. 2024, u-muP, appendix G). The residual rule alone: weights keep the common start, and unit scaling of the
 * backward pass and the rates of the parameters are not part of it. The running sum is that of the authors' code, where
 * a block is attention and feed-forward; a decoder's two attentions share attention's part here.
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 * @see {@link https://arxiv.org/abs/2407.17465 | Blake et al. 2024, u-muP: The Unit-Scaled Maximal Update Parametrization}
 */
export const uMuP = (options: UMuPOptions = {}): ResidualMethod => {
  checkOptions(options, ['residualMult', 'residualAttnRatio', 'norm'], 'uMuP()');
  const { residualMult = 1, residualAttnRatio = 1 } = options;
  for (const [key, value] of Object.entries({ residualMult, residualAttnRatio })) {
    checkNumber(`uMuP() ${key}`, value, 'numbers > 0', (each) => each > 0);
  }
  const norm = normOption(options.norm, 'uMuP()');
  return {
    name: 'uMuP',
    options: { residualMult, residualAttnRatio, norm },
    plan: (place) => {
      const square = squareOf(partsOf(residualMult, residualAttnRatio, place), place);
      return {
        residual: {
          before: norm,
          shortcutScale: { kind: 'constant', value: (1 + square) ** -0.5 },
          branchScale: { kind: 'constant', value: (square / (1 + square)) ** 0.5 },
        },
      };
    },
  };
};
