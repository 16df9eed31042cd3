import { fromConfig, type LanguageModel, loadStateDict, SteadyformerError } from '@steadyformer/core';
import { Bpe, type Checkpoint } from '@steadyformer/translate';

/** A language model and the vocabulary it was trained with. */
export interface Speaker {
  readonly model: LanguageModel;
  readonly vocabulary: Bpe;
}

/** The language model of a checkpoint. Dispose its `model` after use. */
export const languageModelFrom = ({ config, parameters, vocabulary }: Checkpoint): Speaker => {
  if (!(vocabulary instanceof Bpe)) {
    throw new SteadyformerError(
      'the checkpoint of a language model has two vocabularies where one is wanted; it is damaged',
    );
  }
  const model = fromConfig(config) as unknown as LanguageModel;
  try {
    loadStateDict(model, parameters);
    return { model, vocabulary };
  } catch (error) {
    model.dispose();
    throw error;
  }
};
