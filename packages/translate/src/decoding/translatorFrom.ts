import { checkOneOf, fromConfig, invalidArgument, loadStateDict, type Transformer } from '@steadyformer/core';
import type { Checkpoint } from '../checkpoint/checkpoint';
import { MANIFEST, MODEL } from '../checkpoint/manifest';
import { partOf } from '../checkpoint/partOf';
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
  const kind: string = config?.kind === undefined ? 'transformer' : config.kind;
  if (kind === 'languageModel') {
    throw invalidArgument({
      what: `${MANIFEST}: kind of model`,
      received: kind,
      allowed: "'transformer'",
      next: 'Give a model that translates; generate() takes a language model.',
    });
  }
  partOf(MANIFEST, () => checkOneOf('kind of model', kind, ['transformer']));
  const model = partOf(MANIFEST, () => fromConfig(config, own) as Transformer);
  try {
    partOf(MODEL, () => loadStateDict(model, parameters));
    return partOf(MANIFEST, () => new Translator(model, vocabulary));
  } catch (error) {
    model.dispose();
    throw error;
  }
};
