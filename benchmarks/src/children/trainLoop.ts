// The loop of train(), everything on, beside the bare trainer, in turn. Argument: JSON of TrainLoopOptions.
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { adam, inverseSqrt, postLN, transformer } from '@steadyformer/core';
import { Batches, Bpe, encodeCorpus, LocalLearner, Trainer, translationLoss } from '@steadyformer/translate';
import {
  DropoutBatches,
  loadParallelFiles,
  type RunEvent,
  train,
  translationReplicas,
} from '@steadyformer/translate/node';
import { useBackend } from './backend';
import { type CorpusTask, configOf } from './corpusTask';
import { serve } from './serve';

export interface TrainLoopOptions {
  /** The task's file. */
  readonly task: string;
  readonly replicas: number;
}

/** One of the two: seconds of every so many updates as are logged together, after the warm-up. */
export interface LoopSide {
  readonly intervals: readonly number[];
  /** Of the updates that are logged. */
  readonly losses: readonly number[];
}

export interface LoopPair {
  readonly loop: LoopSide & {
    readonly looks: number;
    readonly checkpointSeconds: readonly number[];
  };
  readonly bare: LoopSide;
}

/** Seconds a batch that making it takes. */
export interface PipelineCost {
  readonly batches: number;
  readonly dropout: number;
}

const DROPOUT = 0.1;

const options = JSON.parse(process.argv[2]!) as TrainLoopOptions;
const entry = new URL('./translationReplica.mjs', import.meta.url);

await serve(async () => {
  const task = JSON.parse(readFileSync(options.task, 'utf8')) as CorpusTask;
  const { size, habits, recipe, pad, eos } = task;
  const versions = await useBackend('onnxruntime', true);
  const pairs = await loadParallelFiles(task.train);
  const vocabulary = Bpe.fromJSON(JSON.parse(readFileSync(task.vocabularyFile, 'utf8')));
  const chosen = { maxTokens: size.maxTokens, seed: recipe.seed, special: { pad, eos } };
  const batches = new Batches(encodeCorpus(pairs, vocabulary), chosen);
  const last = size.warmUp + size.updates;
  const counted = (update: number): boolean => update % habits.log === 0 && update >= size.warmUp;
  const done: LoopPair[] = [];

  const loop = async (): Promise<LoopPair['loop']> => {
    const output = join(task.folder, `loop-${options.replicas}`);
    rmSync(output, { recursive: true, force: true });
    const end = new AbortController();
    const [times, losses, checkpointSeconds]: number[][] = [[], [], []];
    let told = 0;
    let looks = 0;
    const onEvent = (event: RunEvent): void => {
      if (event.event === 'watch') looks++;
      // The first is made in the warm-up's shadow, the last where the run is ended.
      if (event.event === 'checkpoint' && event.update < last) {
        checkpointSeconds!.push((performance.now() - told) / 1000);
      }
      if (event.event !== 'update') return;
      told = performance.now();
      if (!counted(event.update)) return;
      times!.push(told);
      losses!.push(event.loss);
      if (event.update === last) end.abort();
    };
    const config = configOf(task, { output, replicas: options.replicas, updates: 1_000_000 });
    await train(config, { onEvent, signal: end.signal, entry });
    return { ...sideOf(times!, losses!), looks, checkpointSeconds: checkpointSeconds! };
  };

  const bare = async (): Promise<LoopSide> => {
    const { width, feedForward, heads, depth } = size;
    const { dropout, smoothing, peak, schedule, clipNorm, seed } = recipe;
    const model = transformer(
      {
        vocabulary: task.vocabulary,
        padId: pad,
        ...{ width, feedForward, heads, depth },
        method: postLN(),
        dropout: { residual: dropout, attention: dropout, activation: dropout },
      },
      seed,
    );
    const rule = adam(recipe.adam);
    const learner =
      options.replicas === 1
        ? new LocalLearner({ model, rule, loss: translationLoss(smoothing, pad) })
        : await translationReplicas({ model, rule, smoothing, count: options.replicas, entry });
    const trainer = new Trainer({
      ...{ learner, batches, clipNorm, seed },
      schedule: inverseSqrt({ peak, warmup: schedule.warmup }),
    });
    const [times, losses]: number[][] = [[], []];
    try {
      for (let update = 1; update <= last; update++) {
        const { loss } = await trainer.step();
        if (!counted(update)) continue;
        times!.push(performance.now());
        losses!.push(loss);
      }
    } finally {
      trainer.dispose();
      await learner.dispose();
      model.dispose();
    }
    return sideOf(times!, losses!);
  };

  /** Who begins changes from pair to pair. */
  const step = async (): Promise<void> => {
    const first = done.length % 2 === 0 ? await loop() : undefined;
    const own = await bare();
    done.push({ loop: first ?? (await loop()), bare: own });
  };

  return {
    versions,
    cases: { pair: () => ({ step }) },
    facts: () => ({
      pairs: done,
      pipeline: {
        batches: secondsABatch(batches),
        dropout: secondsABatch(new DropoutBatches(pairs, vocabulary, { ...chosen, dropout: DROPOUT })),
      } satisfies PipelineCost,
    }),
  };
});

function sideOf(times: readonly number[], losses: readonly number[]): LoopSide {
  const intervals = times.slice(1).map((time, i) => (time - times[i]!) / 1000);
  return { intervals, losses };
}

/** The mean over an epoch, what is done once an epoch included. */
function secondsABatch(batches: {
  batchAt(epoch: number, index: number): unknown;
  batchesIn(epoch: number): number;
}): number {
  // What is done once for all epochs is done.
  batches.batchAt(0, 0);
  const from = performance.now();
  const count = batches.batchesIn(1);
  for (let index = 0; index < count; index++) batches.batchAt(1, index);
  return (performance.now() - from) / 1000 / count;
}
