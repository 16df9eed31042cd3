import { checkOneOf, fromConfig, loadStateDict, type Transformer } from '@steadyformer/core';
import type { Checkpoint } from '../checkpoint/checkpoint';
import { checkOwnParts, type OwnParts } from '../checks/ownParts';
import { Translator } from './translator';

/**
 * The translator of a checkpoint: its model with its weights, and its vocabulary. Dispose `translator.model` after use.
 *
 * @throws SteadyformerError where the checkpoint is of another kind of model, or its parts do not belong together.
 */
export const translatorFrom = (
  { config, parameters, vocabulary }: Checkpoint,
  own: OwnParts = {},
): Translator => {
  checkOwnParts('translatorFrom() own', own);
  const kind = config?.kind === undefined ? 'transformer' : config.kind;
  checkOneOf('kind of model', kind, ['transformer']);
  const model = fromConfig(config, own) as Transformer;
  try {
    loadStateDict(model, parameters);
    return new Translator(model, vocabulary);
  } catch (error) {
    model.dispose();
    throw error;
  }
};
