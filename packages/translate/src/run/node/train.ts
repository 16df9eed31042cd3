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
