import { loadCheckpoint, ofFolder } from '../../checkpoint/node/checkpointFolder';
import { checkOwnParts, type OwnParts } from '../../checks/ownParts';
import type { Translator } from '../translator';
import { translatorFrom } from '../translatorFrom';

/**
 * Loads a translator from a folder that `saveCheckpoint` wrote: model, weights and vocabulary. Dispose
 * `translator.model` after use. `own` names residual methods and branches of your own that the model has.
 *
 * @throws SteadyformerError where the folder holds no checkpoint, a damaged one, or one of another kind of model.
 */
export const loadTranslator = async (folder: string, own: OwnParts = {}): Promise<Translator> => {
  checkOwnParts('loadTranslator() own', own);
  const checkpoint = await loadCheckpoint(folder);
  try {
    return translatorFrom(checkpoint, own);
  } catch (error) {
    throw ofFolder(error, folder);
  }
};
