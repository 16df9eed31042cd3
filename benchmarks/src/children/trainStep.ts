// A training step of core: loss, gradient, Adam. Argument: JSON of TrainStepOptions.
import { readFileSync } from 'node:fs';
import { adam, lossAndGradient, Optimizer, randomStream } from '@steadyformer/core';
import { Replicas } from '@steadyformer/core/node';
import { evaluateLoss, splitBatch, type TokenBatch, translationLoss } from '@steadyformer/translate';
import * as tf from '@tensorflow/tfjs';
import { type BackendName, useBackend } from './backend';
import { KernelClock } from './kernelTimes';
import { modelOf, tokenBatch } from './model';
import { countNativeCalls, type NativeCalls } from './nativeCalls';
import { serve } from './serve';
import type { Task } from './task';

export interface TrainStepOptions {
  readonly task: string;
  readonly backend: BackendName;
  readonly fused: boolean;
  /** Whether the inside of sub-layers is computed again in the backward pass. */
  readonly checkpointing?: boolean;
  /** Whether kernels are timed one by one; slower, so never compared with others. */
  readonly clocked?: boolean;
  /** Threads with a replica each, that share a batch. Default: this thread alone. */
  readonly replicas?: number;
}

type Update = (batch: TokenBatch, index: number) => Promise<number>;

const options = JSON.parse(process.argv[2]!) as TrainStepOptions;

await serve(async () => {
  const task = JSON.parse(readFileSync(options.task, 'utf8')) as Task;
  const versions = await useBackend(options.backend, options.fused);
  const clock = options.clocked === true ? new KernelClock(options.backend) : undefined;
  const model = modelOf(task);
  const batches = task.batches.map((batch) => tokenBatch(batch, task));
  const lossOf = translationLoss(task.smoothing, task.padId);
  const random = randomStream(1);
  const startLoss = (await evaluateLoss(model, batches.slice(0, 1), lossOf)).loss;
  const { beta1, beta2, epsilon } = task;
  const rule = adam({ beta1, beta2, epsilon });
  const update = await (options.replicas ? sharedUpdate(options.replicas) : ownUpdate());
  const losses: number[] = [];
  const steps: { seconds: number; tensors: number }[] = [];
  const counted = options.clocked === true ? countNativeCalls() : undefined;
  let native: NativeCalls | undefined;
  let updates = 0;

  const step = async (): Promise<void> => {
    clock?.reset();
    counted?.();
    const from = performance.now();
    for (let i = 0; i < task.updates; i++, updates++) {
      const batch = batches[updates % batches.length]!;
      losses.push((await update(batch, updates)) / batch.targetTokens);
    }
    native = counted?.();
    steps.push({ seconds: (performance.now() - from) / 1000, tensors: tf.memory().numTensors });
  };

  /** One update in this thread: its loss, summed over the batch. */
  function ownUpdate(): Update {
    const parameters = model.parameters();
    const optimizer = new Optimizer(parameters, rule);
    return async (batch, index) => {
      const { checkpointing = false } = options;
      const context = { training: true, random: random.fork(index), checkpointing };
      const { loss, gradient } = lossAndGradient(parameters, () => lossOf(model, batch, context).loss);
      optimizer.step(gradient, task.learningRate, 1 / batch.targetTokens);
      const [value] = await loss.data();
      tf.dispose([loss, gradient]);
      return value!;
    };
  }

  /** The same by replicas in threads, each with its share of the batch's sentences. */
  async function sharedUpdate(count: number): Promise<Update> {
    const entry = new URL('./replica.mjs', import.meta.url);
    const parameters = model.parameters();
    const replicas = await Replicas.start<TokenBatch>({ entry, data: options.task, parameters, rule, count });
    return async (batch, index) => {
      const { sums } = await replicas.gradient(splitBatch(batch, count, task.padId), random.fork(index));
      await replicas.step(task.learningRate, 1 / batch.targetTokens);
      return sums.loss!;
    };
  }

  return {
    versions,
    cases: { step: () => ({ step }) },
    facts: () => ({
      parameters: model.parameterCount(),
      startLoss,
      losses: losses.slice(0, 3),
      tensors: steps.at(-1)?.tensors,
      ...(clock
        ? { stepSeconds: steps.at(-1)?.seconds, kernels: clock.times(), products: clock.counted(), native }
        : {}),
    }),
  };
});
