import { checkOneOf, type FromConfigOptions, fromConfig, loadStateDict } from '@steadyformer/core';
import type { Checkpoint } from '../checkpoint/checkpoint';
import { Translator } from './translator';

/** The residual methods and branches of the user's own that a model's config names. */
export type OwnParts = Omit<FromConfigOptions, 'seed'>;

/**
 * The translator of a checkpoint: its model with its weights, and its vocabulary. Dispose `translator.model` after use.
 *
 * @throws SteadyformerError where the checkpoint is of another kind of model, or its parts do not belong together.
 */
export const translatorFrom = (
  { config, parameters, vocabulary }: Checkpoint,
  own: OwnParts = {},
): Translator => {
  checkOneOf('kind of model', config.kind ?? 'transformer', ['transformer']);
  const model = fromConfig(config, own);
  try {
    loadStateDict(model, parameters);
    return new Translator(model, vocabulary);
  } catch (error) {
    model.dispose();
    throw error;
  }
};
