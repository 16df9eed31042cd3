import { join } from 'node:path';
import {
  fromConfig,
  loadStateDict,
  MovingAverage,
  SteadyformerError,
  stateDict,
  type Transformer,
} from '@steadyformer/core';
import { averageCheckpoints } from '../../checkpoint/averageCheckpoints';
import type { Checkpoint } from '../../checkpoint/checkpoint';
import type { SavedConfig } from '../../checkpoint/manifest';
import { loadCheckpoint, saveCheckpoint } from '../../checkpoint/node/checkpointFolder';
import type { CheckpointSeries } from '../../checkpoint/node/checkpointSeries';
import { replaceText } from '../../checks/node/replaceText';
import type { OwnParts } from '../../checks/ownParts';
import { evaluateLoss } from '../../training/evaluate';
import type { TokenModel } from '../../training/modelKinds';
import type { TestEvent } from '../events';
import { isRegular } from '../regular';
import type { RunConfig } from '../runConfig';
import type { Emit } from './loopParts';
import { scorePairs } from './score';
import type { Task } from './task';

export interface FinishParts {
  readonly config: RunConfig;
  readonly task: Task;
  readonly series: CheckpointSeries;
  readonly own: OwnParts;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

/** The model of a run that came to its end: the mean of its last checkpoints, or the best one. */
const chosenCheckpoint = async ({ config, series }: FinishParts): Promise<Checkpoint> => {
  const { last } = config.average;
  if (last > 0) {
    const saved = await series.list();
    const regular = isRegular(config);
    // As if it never had been stopped. The last one is there by itself: its epoch may be where training ends.
    const folders = saved
      .filter(({ updates }, i) => regular(updates) || i === saved.length - 1)
      .slice(-last)
      .map(({ folder }) => folder);
    async function* load(): AsyncGenerator<Checkpoint> {
      for (const folder of folders) yield loadCheckpoint(folder);
    }
    return averageCheckpoints(load());
  }
  const found = (await series.best())?.checkpoint ?? (await series.latest())?.checkpoint;
  if (found) return found;
  throw new SteadyformerError(`no checkpoint in '${series.folder}' to make a model of`);
};

/** The weights of a checkpoint for use: its moving averages, where it has them. */
const modelOf = async ({ config, parameters, training }: Checkpoint, own: OwnParts) => {
  const model = fromConfig(config, own) as TokenModel;
  try {
    loadStateDict(model, parameters);
    if (!training?.average) return { model, parameters };
    const average = new MovingAverage(model.parameters());
    try {
      average.restore(training.average);
      const averaged = await average.use(() => stateDict(model));
      loadStateDict(model, averaged);
      return { model, parameters: averaged };
    } finally {
      average.dispose();
    }
  } catch (error) {
    model.dispose();
    throw error;
  }
};

/**
 * Writes the model of a run to <output>/model, for `loadTranslator`, and measures it on the test text.
 *
 * @returns its folder, and what the test gave where there is one
 */
export const finishRun = async (
  parts: FinishParts,
): Promise<{ readonly folder: string; readonly test?: TestEvent }> => {
  const { config, own, emit } = parts;
  const checkpoint = await chosenCheckpoint(parts);
  const { model, parameters } = await modelOf(checkpoint, own);
  try {
    const folder = join(config.output, 'model');
    const { vocabulary, profile } = checkpoint;
    const saved: Checkpoint<SavedConfig> = {
      config: model.config,
      parameters,
      vocabulary,
      ...(profile ? { profile } : {}),
    };
    await saveCheckpoint(folder, saved);
    const test = await testModel(parts, model);
    if (test) await emit(test);
    return { folder, ...(test ? { test } : {}) };
  } finally {
    model.dispose();
  }
};

const testModel = async (
  { config, task, emit, signal }: FinishParts,
  model: TokenModel,
): Promise<TestEvent | undefined> => {
  if (!task.test) return undefined;
  const told = (done: number, total: number): void => {
    signal.throwIfAborted();
    void emit({ event: 'progress', stage: 'testing', done, total });
  };
  const { count } = task.test;
  const { perplexity } = await evaluateLoss(model, task.test.epoch(), task.loss, {
    onProgress: ({ batches }) => told(batches, count),
  });
  const { test } = task.pairs;
  if (test.length === 0) return { event: 'test', sentences: task.counts.test, perplexity };
  const scored = await scorePairs(model as Transformer, task.vocabulary, test, config.decoding, told);
  const path = join(config.output, 'test.txt');
  await replaceText(path, `${scored.texts.join('\n')}\n`);
  const { bleu, chrF, signature, samples } = scored;
  return { event: 'test', sentences: test.length, bleu, chrF, signature, perplexity, path, samples };
};
