import { admin, transformer } from '@steadyformer/core';
import { Translator, trainBpe, translatorFrom } from '@steadyformer/translate';
import { exportModel, importMarian } from '@steadyformer/translate/export';
import { needed, oneOf, whole } from '../domains';
import { optionsReader } from '../optionsReader';
import { filesReader, type Reader } from '../reader';

const bpe = trainBpe(['a small test'], { merges: 3 });
const sizes = { vocabulary: bpe.size, padId: bpe.pad, width: 4, heads: 1, feedForward: 4, depth: 1 };
const translator = new Translator(transformer({ ...sizes, method: admin() }, 2), bpe);
const sound = await exportModel(translator, { format: 'marian', maxLength: 8 });

export const exports: readonly Reader[] = [
  filesReader({
    name: 'translate/export: importMarian',
    sound: [() => Object.fromEntries(Object.entries(sound).map(([name, bytes]) => [name, bytes.slice()]))],
    read: importMarian,
    // Nothing vouches for the numbers: what is read has to be a model that translates, of tokens that are told apart.
    judge: async (checkpoint) => {
      const { model } = translatorFrom(checkpoint);
      model.dispose();
      return 'source' in checkpoint.vocabulary ? 'two vocabularies of one' : undefined;
    },
  }),
  optionsReader({
    name: 'translate/export: exportModel',
    options: { format: needed(oneOf('ctranslate2', 'marian', 'onnx')), maxLength: whole(5, 1, 2 ** 20) },
    call: async (o) => {
      const files = await exportModel(translator, o);
      return Object.values(files).every((bytes) => bytes.length > 0) ? undefined : 'an empty file';
    },
  }),
];
