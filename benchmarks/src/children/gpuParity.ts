// Core's training on TensorFlow beside the same on tfjs's cpu backend: gradients of the first update and the losses of
// a few. Argument: the file of a task. Prints one line of JSON.
import { readFileSync } from 'node:fs';
import { adam, lossAndGradient, Optimizer, randomStream } from '@steadyformer/core';
import { maxError } from '@steadyformer/core/testing';
import { translationLoss } from '@steadyformer/translate';
import * as tf from '@tensorflow/tfjs';
import { useBackend } from './backend';
import { modelOf, tokenBatch } from './model';
import type { Task } from './task';

const UPDATES = 5;
const task = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as Task;
const lossOf = translationLoss(task.smoothing, task.padId);

interface Trained {
  readonly gradient: Float32Array;
  readonly losses: readonly number[];
}

/** Dropout is on: its masks come from the seed and are the same on every backend. */
const train = async (backend: string): Promise<Trained> => {
  await tf.setBackend(backend);
  const model = modelOf(task);
  const parameters = model.parameters();
  const optimizer = new Optimizer(parameters, adam());
  let first: Float32Array | undefined;
  const losses: number[] = [];
  for (let update = 0; update < UPDATES; update++) {
    const batch = tokenBatch(task.batches[update % task.batches.length]!, task);
    const context = { training: true, random: randomStream(1).fork(update) };
    const { loss, gradient } = lossAndGradient(parameters, () => lossOf(model, batch, context).loss);
    first ??= (await gradient.data()).slice() as Float32Array;
    optimizer.step(gradient, 1e-3, 1 / batch.targetTokens);
    losses.push((await loss.data())[0]! / batch.targetTokens);
    tf.dispose([loss, gradient]);
  }
  return { gradient: first!, losses };
};

const { device } = await useBackend('tensorflow', true);
const received = await train('tensorflow');
const expected = await train('cpu');
console.log(
  JSON.stringify({
    device,
    gradient: maxError(received.gradient, expected.gradient),
    losses: maxError(received.losses, expected.losses),
    trained: { received: received.losses, expected: expected.losses },
    learned: expected.losses[0]! - expected.losses.at(-1)!,
  }),
);
