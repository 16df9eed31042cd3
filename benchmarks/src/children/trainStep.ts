// A training step of core: loss, gradient, Adam. Argument: JSON of TrainStepOptions.
import { readFileSync } from 'node:fs';
import { adam, lossAndGradient, Optimizer, randomStream } from '@steadyformer/core';
import { evaluateLoss, translationLoss } from '@steadyformer/translate';
import * as tf from '@tensorflow/tfjs';
import { type BackendName, useBackend } from './backend';
import { KernelClock } from './kernelTimes';
import { modelOf, tokenBatch } from './model';
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
}

const options = JSON.parse(process.argv[2]!) as TrainStepOptions;

await serve(async () => {
  const task = JSON.parse(readFileSync(options.task, 'utf8')) as Task;
  const versions = await useBackend(options.backend, options.fused);
  const clock = options.clocked === true ? new KernelClock(options.backend) : undefined;
  const model = modelOf(task);
  const batches = task.batches.map((batch) => tokenBatch(batch, task));
  const lossOf = translationLoss(task.smoothing, task.padId);
  const startLoss = (await evaluateLoss(model, batches.slice(0, 1), lossOf)).loss;
  const parameters = model.parameters();
  const { beta1, beta2, epsilon } = task;
  const optimizer = new Optimizer(parameters, adam({ beta1, beta2, epsilon }));
  const random = randomStream(1);
  const losses: number[] = [];
  const steps: { seconds: number; tensors: number }[] = [];

  const step = async (): Promise<void> => {
    clock?.reset();
    const from = performance.now();
    const update = optimizer.updates;
    const batch = batches[update % batches.length]!;
    const { checkpointing = false } = options;
    const context = { training: true, random: random.fork(update), checkpointing };
    const { loss, gradient } = lossAndGradient(parameters, () => lossOf(model, batch, context).loss);
    optimizer.step(gradient, task.learningRate, 1 / batch.targetTokens);
    const [value] = await loss.data();
    tf.dispose([loss, gradient]);
    losses.push(value! / batch.targetTokens);
    steps.push({ seconds: (performance.now() - from) / 1000, tensors: tf.memory().numTensors });
  };

  return {
    versions,
    cases: { step: () => ({ step }) },
    facts: () => ({
      parameters: model.parameterCount(),
      startLoss,
      losses: losses.slice(0, 3),
      tensors: steps.at(-1)?.tensors,
      ...(clock
        ? { stepSeconds: steps.at(-1)?.seconds, kernels: clock.times(), products: clock.counted() }
        : {}),
    }),
  };
});
