import { join } from 'node:path';
import { adminInit, needsProfile, type Profile } from '@steadyformer/admin-init';
import { type BackendChoice, loadStateDict, MovingAverage, ruleFrom, type Stacked } from '@steadyformer/core';
import { writeFileAtomic } from '@steadyformer/core/node';
import * as tf from '@tensorflow/tfjs';
import type { Checkpoint } from '../../checkpoint/checkpoint';
import type { CheckpointSeries, SkippedCheckpoint } from '../../checkpoint/node/checkpointSeries';
import { bothSides, hasSides } from '../../subwords/vocabularies';
import type { TokenModel } from '../../training/modelKinds';
import { Trainer } from '../../training/trainer';
import type { ModelEvent, RunEvent } from '../events';
import { groupsOf } from '../groups';
import type { RunConfig } from '../runConfig';
import { scheduleOf } from '../schedule';
import { fingerprintFiles } from './fingerprint';
import { finishRun } from './finish';
import { makeLearner } from './learner';
import { type Emit, runLoop } from './loop';
import { pathsOf } from './readData';
import { givenVocabulary, vocabularyPath, writeVocabulary } from './readVocabulary';
import { openRunLog, type RunLog } from './runLog';
import { type RunRecord, writeRunRecord } from './runRecord';
import { runStart } from './runStart';
import { learnFrom, makeTask, readText, type Task } from './task';
import type { TrainOptions, TrainResult } from './trainOptions';

export interface RunParts {
  readonly config: RunConfig;
  readonly series: CheckpointSeries;
  readonly backend: BackendChoice;
  readonly options: TrainOptions;
  /** What the folder holds of the run. */
  readonly before?: {
    readonly record: RunRecord;
    readonly latest?: {
      readonly checkpoint: Checkpoint;
      readonly folder: string;
      readonly skipped: readonly SkippedCheckpoint[];
    };
  };
}

/** Tells events: to who asked for the run at once, and to its log as soon as there is one. */
class Teller {
  private readonly waiting: RunEvent[] = [];
  private log: RunLog | undefined;

  constructor(private readonly onEvent: TrainOptions['onEvent']) {}

  readonly emit: Emit = async (event) => {
    this.onEvent?.(event);
    if (this.log) await this.log.write(event);
    else if (event.event !== 'progress') this.waiting.push(event);
  };

  async open(log: RunLog): Promise<void> {
    this.log = log;
    for (const event of this.waiting.splice(0)) await log.write(event);
  }

  async close(): Promise<void> {
    await this.log?.close();
  }
}

/** The run itself, in a folder that is its own. */
export const runTraining = async (parts: RunParts): Promise<TrainResult> => {
  const { config, series, backend, options, before } = parts;
  const { output } = config;
  const { own = {}, signal = new AbortController().signal } = options;
  const began = performance.now();
  const teller = new Teller(options.onEvent);
  const { emit } = teller;
  const disposables: (() => unknown)[] = [() => teller.close()];
  try {
    await emit({ event: 'backend', name: backend.name, message: backend.message });
    const task = await prepareTask(parts, emit, signal);
    disposables.push(() => task.model.dispose());
    const latest = before?.latest;
    const updated = latest?.checkpoint.training?.optimizer.updates;
    const profile = latest ? latest.checkpoint.profile : await profiled(task, config);
    if (profile) await emit(profileEvent(profile));
    const { trainer, average, rule, count } = await makeTrainer(parts, task, disposables);
    await emit({ event: 'replicas', count });
    const data = await fingerprintFiles(pathsOf(config.data));
    // Nothing is written before all that can be wrong with the config and the text has been found.
    const log = await openRunLog(output, {
      tensorBoard: config.log.tensorBoard,
      ...(before ? { resumedAfter: updated ?? 0 } : {}),
    });
    await teller.open(log);
    if (latest) {
      const { folder, skipped } = latest;
      await emit({ event: 'resumed', update: updated ?? 0, folder, skipped });
    }
    await writeVocabulary(vocabularyPath(output), task.vocabulary);
    await writeRunRecord(output, {
      config: { ...config, replicas: count },
      seed: config.seed,
      data,
      starts: [...(before?.record.starts ?? []), runStart()],
    });
    const { run: resumed } = latest?.checkpoint.training ?? {};
    const ending = await runLoop({
      ...{ config, task, trainer, rule, series, signal, emit },
      ...(average ? { average } : {}),
      ...(profile ? { profile } : {}),
      ...(resumed ? { resumed } : {}),
    });
    const whole = ending === 'done' || ending === 'early';
    const finished = whole ? await finishRun({ config, task, series, own, emit, signal }) : undefined;
    const best = (await series.best())?.metric;
    const result: TrainResult = {
      ending,
      folder: output,
      update: trainer.updates,
      ...(finished ? { model: finished.folder } : {}),
      ...(best === undefined ? {} : { best }),
      ...(finished?.test ? { test: finished.test } : {}),
    };
    await writeFileAtomic(join(output, 'result.json'), `${JSON.stringify(result, null, 2)}\n`);
    await emit({
      event: 'end',
      ending,
      update: trainer.updates,
      seconds: (performance.now() - began) / 1000,
      ...(finished ? { model: finished.folder } : {}),
    });
    return result;
  } finally {
    for (const dispose of disposables.reverse()) await dispose();
  }
};

/** Data, vocabulary and model, with the weights of the checkpoint where there is one. */
const prepareTask = async (
  { config, options: { own = {} }, before }: RunParts,
  emit: Emit,
  signal: AbortSignal,
): Promise<Task> => {
  const onStage = (stage: string, done: number, total?: number): void => {
    signal.throwIfAborted();
    void emit({ event: 'progress', stage, done, ...(total === undefined ? {} : { total }) });
  };
  const saved = before?.latest?.checkpoint;
  const given = await givenVocabulary(config.vocabulary);
  const text = await readText(config, onStage);
  const vocabulary = saved?.vocabulary ?? given ?? learnFrom(text, config, onStage);
  const { source, target } = bothSides(vocabulary, 'vocabulary');
  const shared = !hasSides(vocabulary);
  await emit({ event: 'vocabulary', source: source.size, target: target.size, shared });
  const task = makeTask(text, vocabulary, config, own);
  try {
    if (saved) loadStateDict(task.model, saved.parameters);
    const { train, valid, test, dropped, tooLong } = task.counts;
    await emit({ event: 'data', train, valid, test, dropped, batches: task.train.count, tooLong });
    await emit(modelEvent(task.model));
    return task;
  } catch (error) {
    task.model.dispose();
    throw error;
  }
};

const modelEvent = (model: TokenModel): ModelEvent => {
  const { config } = model;
  const stacks =
    config.kind === 'languageModel'
      ? { decoder: config.decoder }
      : { encoder: config.encoder, decoder: config.decoder };
  const each = <T>(of: (stack: typeof config.decoder) => T): Record<string, T> =>
    Object.fromEntries(Object.entries(stacks).map(([name, stack]) => [name, of(stack)]));
  return {
    event: 'model',
    kind: config.kind ?? 'transformer',
    parameters: model.parameterCount(),
    width: config.width,
    depth: each(({ depth }) => depth),
    method: each(({ method }) => method.name),
  };
};

/** Omega set from the first batches, where the method sets it from data. */
export const profiled = async (
  task: Task,
  { profile: options, seed }: RunConfig,
): Promise<Profile | undefined> => {
  const model = task.model as Stacked<unknown>;
  if (!needsProfile(model)) return undefined;
  const { batches, ...rest } = options;
  const used = Array.from({ length: Math.min(batches, task.train.count) }, (_, i) =>
    task.tensors(task.train.batchAt(0, i)),
  );
  try {
    return await adminInit(
      model,
      used.map(({ input }) => input),
      { ...rest, seed },
    );
  } finally {
    tf.dispose(used.flatMap(({ tensors }) => [...tensors]));
  }
};

const profileEvent = ({ stacks }: Profile): RunEvent => ({
  event: 'profile',
  omegas: Object.fromEntries(
    Object.entries(stacks).map(([stack, branches]) => [stack, branches.map(({ omega }) => omega)]),
  ),
});

/** The trainer, from the checkpoint's state on where there is one. */
const makeTrainer = async (
  { config, options, before }: RunParts,
  task: Task,
  disposables: (() => unknown)[],
) => {
  const { optimizer, training, seed, replicas } = config;
  const { record, latest } = before ?? {};
  const rule = ruleFrom({ name: optimizer.name, options: optimizer.options });
  const groups = groupsOf(task.model, optimizer.groups);
  const known = latest && record ? (record.config.replicas as number) : undefined;
  const count = replicas === 'auto' ? (known ?? 1) : replicas;
  const { entry } = options;
  const learner = await makeLearner({ task, rule, groups, training, ...(entry ? { entry } : {}) }, count);
  disposables.push(() => learner.dispose());
  const { decay } = config.average;
  const average = decay > 0 ? new MovingAverage(task.model.parameters(), { decay }) : undefined;
  if (average) disposables.push(() => average.dispose());
  const { accumulate, clipNorm } = training;
  const trainer = new Trainer<TokenModel, ReturnType<Task['train']['batchAt']>>({
    learner,
    batches: task.train,
    schedule: scheduleOf(optimizer),
    accumulate,
    seed,
    ...(clipNorm === undefined ? {} : { clipNorm }),
    ...(average ? { average } : {}),
  });
  if (latest?.checkpoint.training) trainer.restore(latest.checkpoint.training);
  const { name, options: ruleOptions } = rule;
  return { trainer, average, rule: { name, options: ruleOptions }, count };
};
