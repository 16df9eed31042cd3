import { outputDifference, reparameterize } from '@steadyformer/admin-init';
import {
  fromConfig,
  type LanguageModel,
  loadStateDict,
  randomStream,
  type Stacked,
  SteadyformerError,
  stateDict,
  type Transformer,
} from '@steadyformer/core';
import { type Checkpoint, SPECIAL_TOKENS } from '@steadyformer/translate';
import * as tf from '@tensorflow/tfjs';

export interface Folded {
  readonly checkpoint: Checkpoint;
  /** The largest difference of a logit on a batch of random ids, and the largest logit. */
  readonly difference: { readonly largest: number; readonly scale: number };
  /** Sentences and tokens of that batch. */
  readonly batch: readonly [number, number];
}

const SENTENCES = 4;
const TOKENS = 32;
/** Of the largest logit: far above what rounding leaves, far below what a wrong fold does. */
const TOLERANCE = 1e-3;

const hasScales = (model: Stacked<never>): boolean =>
  Object.values(model.stacks()).some((stack) =>
    stack.subLayers().some(({ subLayer }) => subLayer.residual.shortcutScale.kind !== 'one'),
  );

/** Random ids of real tokens, [B, T]. */
const randomIds = (vocabulary: number, tokens: number, name: string): tf.Tensor2D => {
  const first = SPECIAL_TOKENS.length;
  const uniform = randomStream(1)
    .fork(name)
    .uniform(SENTENCES * tokens);
  const ids = Int32Array.from(uniform, (u) => first + Math.floor(u * (vocabulary - first)));
  return tf.tensor2d(ids, [SENTENCES, tokens], 'int32');
};

/**
 * The plain Post-LN model of a checkpoint whose shortcuts have scales, measured against it.
 *
 * @param maxLength tokens of the longest sentence it will see
 * @throws SteadyformerError where there is nothing to fold or it cannot be folded; where the two models differ by more
 *   than rounding
 */
export const fold = async (checkpoint: Checkpoint, maxLength: number): Promise<Folded> => {
  const { config, parameters, vocabulary } = checkpoint;
  const model = fromConfig(config) as Transformer | LanguageModel;
  const made: { dispose(): void }[] = [model];
  try {
    loadStateDict(model, parameters);
    if (!hasScales(model as Stacked<never>)) {
      throw new SteadyformerError(
        'no shortcut of the model has a scale: it is plain as it is, with nothing to fold',
      );
    }
    const folded = await reparameterize(model as Transformer, { maxLength });
    made.push(folded);
    const length = Math.min(TOKENS, maxLength, longestOf(config));
    const source = randomIds(config.sourceVocabulary ?? config.vocabulary, length, 'source');
    const target = randomIds(config.vocabulary, length, 'target');
    made.push(source, target);
    const batch = (model.config.kind === 'languageModel' ? target : { source, target }) as never;
    const difference = await outputDifference(model as Transformer, folded, batch);
    const { largest, scale } = difference;
    if (!(largest <= TOLERANCE * scale)) {
      throw new SteadyformerError(
        `the folded model is another one: a logit differs by ${largest}, of at most ${scale}. Weights of so different sizes cannot be folded in single precision.`,
      );
    }
    const saved = { config: folded.config, parameters: await stateDict(folded), vocabulary };
    return { checkpoint: saved, difference, batch: [SENTENCES, length] };
  } finally {
    for (const each of made) each.dispose();
  }
};

const longestOf = ({ positions }: Checkpoint['config']): number =>
  positions.kind === 'learned' ? positions.length : TOKENS;
