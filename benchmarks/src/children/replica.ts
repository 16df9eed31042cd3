// A replica's thread of the train-step suite.
import { readFileSync } from 'node:fs';
import { serveReplica } from '@steadyformer/core/node';
import { type TokenBatch, translationLoss } from '@steadyformer/translate';
import { useBackend } from './backend';
import { modelOf } from './model';
import type { Task } from './task';

await serveReplica<TokenBatch, string>(async (file) => {
  const task = JSON.parse(readFileSync(file, 'utf8')) as Task;
  await useBackend('onnxruntime', true);
  const model = modelOf(task);
  const lossOf = translationLoss(task.smoothing, task.padId);
  return {
    parameters: model.parameters(),
    loss: (batch, context) => ({ loss: lossOf(model, batch, context).loss }),
  };
});
