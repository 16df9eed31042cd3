import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { adminInit, needsProfile, type Profile } from '@steadyformer/admin-init';
import {
  callback,
  fields,
  loadStateDict,
  MovingAverage,
  parseAs,
  ruleFrom,
  type Stacked,
  SteadyformerError,
  selectBackend,
  such,
} from '@steadyformer/core';
import { writeFileAtomic } from '@steadyformer/core/node';
import * as tf from '@tensorflow/tfjs';
import * as v from 'valibot';
import type { Checkpoint } from '../../checkpoint/checkpoint';
import { CheckpointSeries } from '../../checkpoint/node/checkpointSeries';
import { errorCode } from '../../checks/node/errorCode';
import { checkOwnParts, type OwnParts } from '../../checks/ownParts';
import type { SchemasOf } from '../../checks/schemas';
import { Trainer } from '../../training/trainer';
import type { Ending, ModelEvent, RunEvent, TestEvent } from '../events';
import { groupsOf } from '../groups';
import { checkResumable } from '../resumable';
import { type GivenConfig, type RunConfig, runConfig } from '../runConfig';
import { scheduleOf } from '../schedule';
import { finishRun } from './finish';
import { checkReplicas, makeLearner } from './learner';
import { type Emit, runLoop } from './loop';
import { ObservedLearner } from './observedLearner';
import { pathsOf } from './readData';
import { givenVocabulary, vocabularyPath, writeVocabulary } from './readVocabulary';
import { lockRun } from './runLock';
import { openRunLog, type RunLog } from './runLog';
import { learnFrom, makeTask, readText, type Task } from './task';

export interface TrainOptions {
  /** Ends the run after the update at work, its state saved: `train` with the same config goes on from there. */
  readonly signal?: AbortSignal;
  /** Told how the run goes on. An exception of it ends the run. */
  readonly onEvent?: (event: RunEvent) => void;
  /** Residual methods and branches of your own that the config names. */
  readonly own?: OwnParts;
  /** Where they are used with several replicas: a module that calls `serveTranslationReplica` with them. */
  readonly entry?: URL;
  /** What the run was started by, for its record. Default none. */
  readonly command?: readonly string[];
}

export interface TrainResult {
  readonly ending: Ending;
  readonly folder: string;
  /** Updates made, those of earlier processes too. */
  readonly update: number;
  /** The folder of the model to use, for `loadTranslator`; absent where the run was stopped or diverged. */
  readonly model?: string;
  /** The best metric of a validation: its loss, or BLEU. */
  readonly best?: number;
  readonly test?: TestEvent;
}

const optionFields = () =>
  fields({
    signal: v.optional(such<AbortSignal>('an AbortSignal', (value) => value instanceof AbortSignal)),
    onEvent: v.optional(callback<(event: RunEvent) => void>()),
    own: v.optional(v.custom<OwnParts>(() => true)),
    entry: v.optional(such<URL>('a URL, such as new URL(file, import.meta.url)', (value) => value instanceof URL)),
    command: v.optional(v.array(v.string())),
  } satisfies SchemasOf<TrainOptions>);

/**
 * Trains a model from text, as a config says: data, vocabulary, batches, profile, training, the best checkpoint, its test.
 * Everything is in the folder `output`; called again with the same config after an end of whatever kind, it goes on from
 * the newest checkpoint that can be read, with the numbers that it would have had. The tfjs backend is set.
 *
 * @param config as `runConfig` takes it
 * @throws SteadyformerError on a config or data that is not as it should be, with nothing written; where another run has
 *   the folder; where it holds a run that was begun with another config
 */
export const train = async (
  config: GivenConfig | RunConfig,
  options: TrainOptions = {},
): Promise<TrainResult> => {
  const given = parseAs(optionFields(), options, 'train()') as TrainOptions;
  checkOwnParts('train() own', given.own ?? {});
  const checked = runConfig(config, 'train() config');
  const { output, validation, checkpoints, replicas } = checked;
  await checkRunFolder(output);
  const backend = await selectBackend(checked.backend);
  checkReplicas(replicas);
  const lock = await lockRun(output);
  try {
    const { keep, keepEvery } = checkpoints;
    const series = new CheckpointSeries(join(output, 'checkpoints'), {
      keep,
      ...(keepEvery === undefined ? {} : { keepEvery }),
      better: validation.metric === 'bleu' ? 'higher' : 'lower',
    });
    const record = await readRunRecord(output);
    const latest = record && (await series.latest());
    if (record && latest) checkResumable(output, record.config, checked);
    const before = record && { record, ...(latest ? { latest } : {}) };
    return await runTraining({ config: checked, series, backend, options: given, ...(before ? { before } : {}) });
  } finally {
    await lock.release();
    // Where nothing came of it, the folder is not left behind.
    await rmdir(output).catch(() => {});
  }
};
