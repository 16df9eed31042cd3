import type { TokenBatch } from '@steadyformer/translate';

/** Sizes of a model and of its batches. */
export interface CorpusSize {
  readonly width: number;
  readonly feedForward: number;
  readonly heads: number;
  readonly depth: number;
  /** Most tokens of a padded batch, a side. */
  readonly maxTokens: number;
  readonly merges: number;
  /** Pairs of the corpus that are used, from its beginning; without, all. */
  readonly pairs?: number;
  /** Updates before what is counted, and of one round. */
  readonly warmUp: number;
  readonly updates: number;
}

/** How often a run tells and looks: the defaults of `train()`, but in a quick run. */
export interface Habits {
  readonly log: number;
  readonly watch: number;
  readonly checkpoints: number;
}

/** What everybody trains with: plain JSON, which Python reads too. */
export interface Recipe {
  readonly method: string;
  readonly dropout: number;
  readonly smoothing: number;
  readonly peak: number;
  readonly schedule: { readonly name: 'inverseSqrt'; readonly warmup: number };
  readonly adam: { readonly beta1: number; readonly beta2: number; readonly epsilon: number };
  readonly clipNorm: number;
  readonly seed: number;
}

/** One batch as everybody is to see it. */
export interface PlannedBatch {
  /** Places of its sentences in the corpus. */
  readonly indices: readonly number[];
  /** Target tokens, ends of sentence included, pads not. */
  readonly tokens: number;
  /** Target positions, pads included. */
  readonly positions: number;
}

/** A corpus that is ready to be learned from, and who learns it how. */
export interface CorpusTask {
  readonly size: CorpusSize;
  readonly habits: Habits;
  readonly recipe: Recipe;
  /** Where files of the task lie, and where competitors write theirs. */
  readonly folder: string;
  readonly train: { readonly source: string; readonly target: string };
  readonly valid: { readonly source: string; readonly target: string };
  readonly vocabularyFile: string;
  readonly vocabulary: number;
  readonly pad: number;
  readonly eos: number;
  readonly pairs: number;
  /** A file with the sentences as ids, `{ sources, targets }`, without ends: for who cannot encode them. */
  readonly ids: string;
  /** The batches of the updates in order, as `train()` takes them. */
  readonly batches: readonly PlannedBatch[];
  /** Batches of an epoch: the mean number of sentences of one is theirs over it. */
  readonly batchesOfEpoch: number;
}

/** What is asked for, before there is a task. */
export interface CorpusRequest extends Pick<CorpusTask, 'size' | 'habits' | 'recipe' | 'folder'> {
  readonly files: {
    readonly train: CorpusTask['train'];
    readonly valid: CorpusTask['valid'];
  };
  /** Updates that are planned for. */
  readonly planned: number;
}

export const planned = ({ indices, targetTokens, targetShape: [rows, time] }: TokenBatch): PlannedBatch => ({
  indices: [...indices],
  tokens: targetTokens,
  positions: rows * time,
});

/** What a competitor did in a round, the warm-up being the first. */
export interface CorpusRound {
  readonly updates: number;
  readonly tokens: number;
  readonly positions: number;
  /** A target token, label-smoothed, of the last update that was told. */
  readonly loss: number;
}

/** The run's config for `train()`. */
export const configOf = (
  { size, habits, recipe, train, valid, vocabularyFile }: CorpusTask,
  more: { readonly output: string; readonly replicas: 'auto' | number; readonly updates: number },
): Readonly<Record<string, unknown>> => {
  const { width, feedForward, heads, depth, maxTokens } = size;
  const { method, dropout, smoothing, peak, schedule, adam, clipNorm, seed } = recipe;
  return {
    output: more.output,
    seed,
    backend: 'onnxruntime',
    replicas: more.replicas,
    // Sentences are filtered already: everybody learns the same ones.
    data: { train, valid, filter: { apply: false } },
    vocabulary: { file: vocabularyFile },
    batches: { maxTokens },
    model: {
      ...{ method, width, heads, feedForward, depth },
      dropout: { residual: dropout, attention: dropout, activation: dropout },
    },
    optimizer: { name: 'adam', peak, schedule, options: adam },
    training: { updates: more.updates, labelSmoothing: smoothing, clipNorm },
    validation: { every: 0 },
    checkpoints: { every: habits.checkpoints },
    watch: { every: habits.watch },
    log: { every: habits.log, tensorBoard: true },
  };
};
