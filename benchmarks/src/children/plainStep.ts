// The same training step by tfjs's own ops and optimizer alone. Argument: JSON of PlainStepOptions.
import { readFileSync } from 'node:fs';
import { decodeSafetensors } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { type BackendName, useBackend } from './backend';
import { PlainTwin } from './plainTwin';
import { supplySegmentSum } from './segmentSum';
import { serve } from './serve';
import type { Task } from './task';

export interface PlainStepOptions {
  readonly task: string;
  readonly backend: BackendName;
}

const options = JSON.parse(process.argv[2]!) as PlainStepOptions;

await serve(async () => {
  const task = JSON.parse(readFileSync(options.task, 'utf8')) as Task;
  const versions = await useBackend(options.backend, false);
  if (options.backend === 'wasm') supplySegmentSum();
  const twin = new PlainTwin(task, decodeSafetensors(readFileSync(task.weights)).tensors);
  const optimizer = tf.train.adam(task.learningRate, task.beta1, task.beta2, task.epsilon);
  const startLoss = tf.tidy(() => twin.loss(task.batches[0]!, false).dataSync()[0]);
  const losses: number[] = [];
  let updates = 0;
  const step = async (): Promise<void> => {
    for (let i = 0; i < task.updates; i++, updates++) {
      const batch = task.batches[updates % task.batches.length]!;
      const loss = optimizer.minimize(() => twin.loss(batch, true), true)!;
      losses.push((await loss.data())[0]!);
      loss.dispose();
    }
  };
  return {
    versions,
    cases: { step: () => ({ step }) },
    facts: () => ({ parameters: twin.parameters, startLoss, losses: losses.slice(0, 3) }),
  };
});
