import { invalidArgument, type Transformer } from '@steadyformer/core';
import type { Vocabularies } from '../subwords/vocabularies';

/** Throws where a side of the model is of another vocabulary, or pads with another token. */
export const checkSides = (sides: Vocabularies, isJoint: boolean, { config }: Transformer): void => {
  const { vocabulary: target, sourceVocabulary: source = target, padId } = config;
  for (const [side, tokens] of Object.entries({ source, target })) {
    const { size, pad } = sides[side as keyof Vocabularies];
    if (size !== tokens) {
      throw invalidArgument({
        what: `Translator vocabulary${isJoint ? '' : `.${side}`}`,
        received: size,
        allowed:
          isJoint && source !== target
            ? `{ source, target } of the model's ${source} and ${target} tokens`
            : `the model's ${tokens} tokens`,
        next: 'Use the vocabulary the model was trained with.',
      });
    }
    if (padId !== pad) {
      throw invalidArgument({
        what: 'padId of the model',
        received: padId,
        allowed: `the vocabulary's ${pad}`,
        next: 'Build and train the model with padId: vocabulary.pad.',
      });
    }
  }
};
