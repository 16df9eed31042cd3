// What the tests of ParallelTranslator share: models that translate, without having learned to, and sentences for them.
import { admin, type Transformer, transformer } from '@steadyformer/core';
import { type Translator, trainBpe } from '@steadyformer/translate';
import { ParallelTranslator } from '@steadyformer/translate/node';
import { bundled } from './team';

const words = ['a', 'small', 'red', 'house', 'und', 'ein', 'rotes', 'Haus', 'am', 'See'];
export const vocabulary = trainBpe(
  words.map((word, i) => `${word} ${words[(i * 3 + 1) % 10]}`),
  { merges: 12 },
);
export const sentences = Array.from({ length: 30 }, (_, i) =>
  i % 17 === 0 ? '' : Array.from({ length: 1 + (i % 7) }, (_, j) => words[(i * 3 + j * j) % 10]).join(' '),
);

export const target = trainBpe(words, { merges: 5 });

/** A model of one vocabulary, or of two. */
export const modelOf = (seed: number, sides: 1 | 2 = 1): Transformer =>
  transformer(
    {
      ...{ vocabulary: vocabulary.size, padId: vocabulary.pad, width: 16, heads: 2, depth: 1 },
      ...{ method: admin(), tiedEmbeddings: false },
      ...(sides === 2 ? { vocabulary: target.size, sourceVocabulary: vocabulary.size } : {}),
    },
    seed,
  );

/** Groups of a few sentences, so that there are several; a model without training hardly ends one itself. */
export const small = { maxTokens: 80, maxLength: (n: number): number => 0.5 * n + 3 };

/** Threads of a translator, by the entry of this folder that they run. */
export const startThreads = async (
  translator: Translator,
  threads: number,
  name = 'translator',
): Promise<ParallelTranslator> =>
  ParallelTranslator.start(translator, { threads, entry: await bundled(name) });
