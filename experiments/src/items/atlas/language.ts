import { adam, type LanguageModel, languageModel, linearDecay, SteadyformerError } from '@steadyformer/core';
import {
  encodeCorpus,
  evaluateLoss,
  languageModelLoss,
  NotFiniteUpdate,
  TextBatches,
  type TokenBatch,
  Trainer,
} from '@steadyformer/translate';
import type { CellContext } from '../../framework/item';
import { type Text, textOf } from '../../measure/text';
import { methodNamed } from './methods';
import type { LanguageSize, Size } from './sizes';

/** Text of one language, in blocks, and how often its subwords occur. */
export interface Language {
  readonly text: Text;
  readonly size: LanguageSize;
  /** Held-out loss of a model that knows only how often each subword occurs in the training text, in nats. */
  readonly unigram: number;
}

const idsOf = ({ vocabulary }: Text, pairs: Text['train']) => encodeCorpus(pairs, vocabulary).source;

export const languageOf = async (
  size: LanguageSize,
  corpus: CellContext<Size>['corpus'],
): Promise<Language> => {
  const text = await textOf(corpus(size.corpus), size);
  return { text, size, unigram: heldOutUnigram(text) };
};

/** Cross-entropy of the held-out subwords and ends under the training text's frequencies, add-one. */
const heldOutUnigram = (text: Text): number => {
  const counts = new Float64Array(text.vocabulary.size).fill(1);
  const { eos } = text.vocabulary;
  const tokensOf = (pairs: Text['train']): number[] => {
    const { ids } = idsOf(text, pairs);
    return [...ids, ...new Array<number>(pairs.length).fill(eos)];
  };
  for (const id of tokensOf(text.train)) counts[id] = counts[id]! + 1;
  const total = counts.reduce((sum, count) => sum + count, 0);
  const held = tokensOf(text.valid);
  return held.reduce((sum, id) => sum - Math.log(counts[id]! / total), 0) / held.length;
};

export const batchesOf = ({ text, size }: Language, seed: number): TextBatches =>
  new TextBatches(idsOf(text, text.train), { length: size.length, batchSize: size.blocks, seed });

export const modelOf = (
  name: string,
  { text, size: { width, heads } }: Language,
  layers: number,
  seed: number,
): LanguageModel =>
  languageModel(
    {
      vocabulary: text.vocabulary.size,
      padId: text.vocabulary.pad,
      width,
      heads,
      depth: layers,
      method: methodNamed(name),
    },
    seed,
  );

/** Updates of Adam without warm-up; the last loss, undefined where a number was not finite. */
export const train = async (
  model: LanguageModel,
  language: Language,
  { rate, updates, seed }: { readonly rate: number; readonly updates: number; readonly seed: number },
): Promise<number | undefined> => {
  const trainer = new Trainer<LanguageModel, TokenBatch>({
    model,
    batches: batchesOf(language, seed),
    loss: languageModelLoss(),
    rule: adam(),
    schedule: linearDecay({ peak: rate, total: updates + 1 }),
    seed,
  });
  try {
    let last = Number.NaN;
    for (let update = 0; update < updates; update++) last = (await trainer.step()).nll;
    return last;
  } catch (error) {
    if (error instanceof NotFiniteUpdate) return undefined;
    throw error;
  } finally {
    trainer.dispose();
  }
};

/** Held-out loss, in nats a token; undefined where it is not finite. */
export const heldOut = async (
  model: LanguageModel,
  { text, size }: Language,
): Promise<number | undefined> => {
  const batches = new TextBatches(idsOf(text, text.valid), {
    length: size.length,
    batchSize: 4 * size.blocks,
    shuffle: false,
  });
  try {
    return (await evaluateLoss(model, batches.epoch(), languageModelLoss())).nll;
  } catch (error) {
    if (error instanceof SteadyformerError && error.message.includes('not finite')) return undefined;
    throw error;
  }
};
