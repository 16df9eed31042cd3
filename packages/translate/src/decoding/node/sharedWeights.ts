import type { Transformer } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';

/** Backends whose tensors lie over the arrays they are made of; others have a copy of their own, each thread's too. */
const LIE_OVER: readonly string[] = ['onnxruntime', 'cpu'];

/** Lays a model's parameters over the shared weights, the first at element `at`. Returns where the next model's begin. */
export const layOver = (model: Transformer, weights: SharedArrayBuffer, at: number): number => {
  let next = at;
  for (const { parameter } of model.parameters()) {
    const values = new Float32Array(weights, 4 * next, parameter.size);
    const tensor = tf.tensor(values, [...parameter.shape], 'float32');
    parameter.assign(tensor);
    tensor.dispose();
    next += parameter.size;
  }
  return next;
};

/**
 * All parameters of all models, end to end, in memory that threads share. The models' own lie over it from then on, where
 * the backend's tensors can lie over memory that is given: there is one copy of the weights.
 */
export const sharedWeights = async (models: readonly Transformer[]): Promise<SharedArrayBuffer> => {
  const all = models.flatMap((model) => model.parameters());
  const size = all.reduce((sum, { parameter }) => sum + parameter.size, 0);
  const weights = new SharedArrayBuffer(4 * size);
  let at = 0;
  for (const { parameter } of all) {
    parameter.checkUsable();
    new Float32Array(weights, 4 * at, parameter.size).set((await parameter.variable.data()) as Float32Array);
    at += parameter.size;
  }
  if (LIE_OVER.includes(tf.getBackend())) {
    let next = 0;
    for (const model of models) next = layOver(model, weights, next);
  }
  return weights;
};
