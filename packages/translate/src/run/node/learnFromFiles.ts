import type { Bpe } from '../../subwords/bpe';
import { trainBpeOnFiles } from '../../subwords/node/trainBpeOnFiles';
import type { Vocabularies } from '../../subwords/vocabularies';
import type { RunConfig } from '../runConfig';
import type { PreparedFiles } from './preparedParts';

/** The vocabulary of a config, as `learnVocabulary` learns it, from the files of its training text. */
export const learnFromFiles = async (
  files: PreparedFiles,
  { vocabulary }: RunConfig,
  onMerges: (merges: number) => void,
): Promise<Bpe | Vocabularies> => {
  const { merges, minFrequency, minCharacterFrequency, shared } = vocabulary;
  const options = {
    ...{ merges, minFrequency, minCharacterFrequency },
    onProgress: (soFar: { readonly merges: number }) => onMerges(soFar.merges),
  };
  if (typeof files === 'string') return trainBpeOnFiles([files], options);
  const { source, target } = files;
  if (shared) return trainBpeOnFiles([source, target], options);
  return {
    source: await trainBpeOnFiles([source], options),
    target: await trainBpeOnFiles([target], options),
  };
};
