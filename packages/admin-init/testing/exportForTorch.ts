import { writeFileSync } from 'node:fs';
import { encodeSafetensors, selectBackend, stateDict } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { reparameterize } from '../src';
import { kindNames } from './models';
import { MAX_LENGTH, torchCase } from './torchCases';

/** Writes what make_torch.py reads to the current folder: both models' weights and the ids of every kind. */
await selectBackend('cpu');
for (const kind of kindNames) {
  const { model, batch } = torchCase(kind);
  const plain = await reparameterize(model, { maxLength: MAX_LENGTH });
  writeFileSync(`${kind}.admin.safetensors`, encodeSafetensors(await stateDict(model)));
  writeFileSync(`${kind}.folded.safetensors`, encodeSafetensors(await stateDict(plain)));
  const inputs = batch instanceof tf.Tensor ? { ids: batch } : batch;
  const ids = Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]: [string, tf.Tensor2D]) => [name, tensor.arraySync()]),
  );
  writeFileSync(`${kind}.json`, JSON.stringify(ids));
}
