// Training on a corpus by train(), everything on. Argument: JSON of TrainCorpusOptions.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunEvent, train } from '@steadyformer/translate/node';
import * as tf from '@tensorflow/tfjs';
import { type CorpusTask, configOf } from './corpusTask';
import { giveUp, Pace } from './pace';

export interface TrainCorpusOptions {
  /** The task's file. */
  readonly task: string;
  readonly replicas: 'auto' | number;
  /** Names the folder of the run. */
  readonly name: string;
}

const options = JSON.parse(process.argv[2]!) as TrainCorpusOptions;
const task = JSON.parse(readFileSync(options.task, 'utf8')) as CorpusTask;
const found: Record<string, unknown> = {};
const pace = new Pace(task, () => found);

const onEvent = (event: RunEvent): void => {
  if (event.event === 'model') found.parameters = event.parameters;
  if (event.event === 'replicas') {
    found.replicas = event.count;
    pace.ready({ node: process.versions.node, tfjs: tf.version.tfjs });
  }
  if (event.event !== 'update') return;
  // Who trains on other batches than the rest is not measured.
  const expected = task.batches[event.update - 1]?.tokens;
  if (event.tokens !== expected) {
    throw new Error(`update ${event.update} had ${event.tokens} tokens, planned were ${expected}`);
  }
  pace.reached(event.update, event.loss);
};

try {
  const output = join(task.folder, options.name);
  const config = configOf(task, { output, replicas: options.replicas, updates: 1_000_000 });
  await train(config, { onEvent, entry: new URL('./translationReplica.mjs', import.meta.url) });
} catch (thrown) {
  giveUp(thrown);
}
