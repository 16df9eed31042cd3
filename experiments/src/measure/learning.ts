import { SteadyformerError, type Transformer, type UpdateRule } from '@steadyformer/core';
import { Batches, encodeCorpus, evaluateLoss, translationLoss } from '@steadyformer/translate';
import * as v from 'valibot';
import type { Word } from '../framework/item';
import { meanOf } from '../framework/statistics';
import type { SubjectSize } from './model';
import { heldOutUnigram, type Text } from './text';
import { train } from './train';

/** Text, models and updates of the items that train, as their presets hold them. */
export interface LearningSize extends SubjectSize {
  readonly dropout: number;
  readonly updates: number;
  /** Updates from one look at the held-out loss to the next. */
  readonly every: number;
}

/** What came of the training of one model. */
export const learningFields = {
  /** Held-out negative log-likelihood a token in nats after so many updates. */
  curve: v.array(v.object({ update: v.number(), nll: v.number() })),
  /** Whether a loss or gradient was not finite. */
  diverged: v.boolean(),
  /** The same of a model that knows only how often each subword occurs in the training text. */
  unigram: v.number(),
};
const learning = v.object(learningFields);
export type Learning = v.InferOutput<typeof learning>;

export interface LearnSettings {
  readonly peak: number;
  /** Updates of linear warm-up; without, linear decay from the peak to 0 (the paper's figure 10). */
  readonly warmup?: number;
  readonly seed: number;
  readonly rule: () => UpdateRule;
}

/** Trains a model and looks at the held-out loss, before the first update, every so many, and at the end. */
export const learn = async (
  model: Transformer,
  text: Text,
  size: LearningSize,
  settings: LearnSettings,
): Promise<Learning> => {
  const { maxTokens, updates, every } = size;
  const held = new Batches(encodeCorpus(text.valid, text.vocabulary), { maxTokens, shuffle: false });
  const loss = translationLoss(0.1);
  const curve: { update: number; nll: number }[] = [];
  let overflown = false;
  const look = async (update: number): Promise<void> => {
    if (update % every !== 0 && update !== updates) return;
    try {
      const { nll } = await evaluateLoss(model, held.epoch(), loss);
      curve.push({ update, nll: rounded(nll) });
    } catch (error) {
      // What can be evaluated before training and no longer after has weights that overflow.
      overflown = update > 0 && error instanceof SteadyformerError;
      throw error;
    }
  };
  const unigram = rounded(heldOutUnigram(text));
  try {
    const { diverged } = await train(model, text, { maxTokens, updates, ...settings }, look);
    return { curve, diverged, unigram };
  } catch (error) {
    if (overflown) return { curve, diverged: true, unigram };
    throw error;
  }
};

const rounded = (x: number): number => Math.round(x * 1e4) / 1e4;

/** Held-out loss at the end, in nats; that of the unigrams where it diverged. */
export const endOf = ({ curve, diverged, unigram }: Learning): number =>
  diverged ? unigram : curve.at(-1)!.nll;

/** Whether a model has not come to half the unigrams' perplexity: it has not learned to translate. */
export const hasFailed = (learned: Learning): boolean => endOf(learned) > learned.unigram - Math.LN2;

export const failures = (runs: readonly Learning[]): string => {
  const diverged = runs.filter((each) => each.diverged).length;
  const failed = `${runs.filter(hasFailed).length} of ${runs.length} failed`;
  return diverged === 0 ? failed : `${failed}, ${diverged} with numbers that are not finite`;
};

/** What of several runs must hold for a claim about them: at least 3, and all alike. */
const allAlike = (runs: readonly Learning[], holds: (run: Learning) => boolean): Word => {
  if (runs.length < 3) return 'cannot tell';
  if (runs.every(holds)) return 'agrees';
  return runs.some(holds) ? 'cannot tell' : 'disagrees';
};

/** 'agrees' where all of three runs or more fail, 'disagrees' where none does. */
export const allFail = (runs: readonly Learning[]): Word => allAlike(runs, hasFailed);
/** 'agrees' where none of three runs or more fails, 'disagrees' where all do. */
export const allTrain = (runs: readonly Learning[]): Word => allAlike(runs, (run) => !hasFailed(run));

/** Mean held-out perplexity of runs over their updates, as far as all of them went. */
export const meanCurve = (runs: readonly Learning[]): { update: number; value: number }[] => {
  const shortest = Math.min(...runs.map(({ curve }) => curve.length));
  return Array.from({ length: shortest }, (_, i) => ({
    update: runs[0]!.curve[i]!.update,
    value: Math.exp(meanOf(runs.map(({ curve }) => curve[i]!.nll))),
  }));
};
