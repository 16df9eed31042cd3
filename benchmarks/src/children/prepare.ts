// Writes the initial weights of a task, for competitors that cannot draw them. Argument: the task's file.
import { readFileSync, writeFileSync } from 'node:fs';
import { encodeSafetensors, stateDict } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { modelOf } from './model';
import type { Task } from './task';

await tf.setBackend('cpu');
const task = JSON.parse(readFileSync(process.argv[2]!, 'utf8')) as Task;
writeFileSync(task.weights, encodeSafetensors(await stateDict(modelOf(task))));
