import { SteadyformerError } from '@steadyformer/core';
import { type Translator, translatorFrom } from '@steadyformer/translate';
import { usableIn } from '../checkpoints/found';

/** A translator and the folder of the checkpoint that it is of. */
export interface Chosen {
  readonly folder: string;
  readonly translator: Translator;
}

/** The translation model of a checkpoint's folder or a run's. @throws SteadyformerError on another kind of model */
export const chosenTranslator = async (given: string): Promise<Chosen> => {
  const { folder, checkpoint } = await usableIn(given);
  const kind: string = checkpoint.config.kind ?? 'transformer';
  if (kind !== 'transformer') {
    throw new SteadyformerError(
      `${folder}: a model of kind '${kind}', and the formats hold translation models, an encoder and a decoder, alone`,
    );
  }
  return { folder, translator: translatorFrom(checkpoint) };
};
