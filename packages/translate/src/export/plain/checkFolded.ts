import { outputDifference } from '@steadyformer/admin-init';
import { fromConfig, loadStateDict, SteadyformerError, type Transformer } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { SPECIAL_TOKENS } from '../../subwords/special';
import type { PlainTransformer } from './plainTransformer';
import { writePlain } from './writePlain';

const SENTENCES = 2;
const TOKENS = 6;
/** Of the largest logit: far above what rounding leaves, far below what a wrong fold does. */
const TOLERANCE = 1e-3;

/** Ids of real tokens that go through a vocabulary, [B, T]. */
const spread = (vocabulary: number, tokens: number): tf.Tensor2D => {
  const first = SPECIAL_TOKENS.length;
  const count = SENTENCES * tokens;
  const ids = Int32Array.from({ length: count }, (_, i) =>
    Math.min(vocabulary - 1, first + Math.floor((i * (vocabulary - first)) / count)),
  );
  return tf.tensor2d(ids, [SENTENCES, tokens], 'int32');
};

const tooFarApart = (why: string): SteadyformerError =>
  new SteadyformerError(
    `cannot export the model: folded it is another one (${why}). Weights of so different sizes cannot be folded in single precision.`,
  );

/**
 * Throws where a folded model is another one than it was: weights of very different sizes have no common form in single
 * precision.
 */
export const checkFolded = async (model: Transformer, plain: PlainTransformer): Promise<void> => {
  const { config, parameters } = writePlain(plain, { residual: 0, attention: 0, activation: 0 });
  const tokens = Math.min(TOKENS, plain.encoder.positions.shape[0]!);
  const made: { dispose(): void }[] = [];
  try {
    const folded = fromConfig(config) as Transformer;
    made.push(folded);
    try {
      loadStateDict(folded, parameters);
    } catch (error) {
      throw tooFarApart((error as Error).message);
    }
    const source = spread(plain.encoder.table.shape[0]!, tokens);
    const target = spread(plain.output.shape[0]!, tokens);
    made.push(source, target);
    const { largest, scale } = await outputDifference(model, folded, { source, target });
    if (largest <= TOLERANCE * scale) return;
    throw tooFarApart(`a logit differs by ${largest}, of at most ${scale}`);
  } finally {
    for (const each of made) each.dispose();
  }
};
