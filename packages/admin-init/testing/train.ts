import {
  adam,
  Encoder,
  lossAndGradient,
  Optimizer,
  randomStream,
  softmaxCrossEntropy,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import type { FoldableModel } from '../src';
import { anyKind, batchFor } from './models';

/** Adam steps on one batch, each token to be told from its own position: the losses. */
export const train = (model: FoldableModel, steps: number, learningRate = 5e-3): number[] => {
  const parameters = model.parameters();
  const optimizer = new Optimizer(parameters, adam());
  const batch = batchFor(model, 5, 2);
  const losses = Array.from({ length: steps }, (_, step) => {
    const random = randomStream(3).fork(step);
    const { loss, gradient } = lossAndGradient(parameters, () => {
      const output = anyKind(model).call(batch, { training: true, random }) as tf.Tensor3D;
      const logits = model instanceof Encoder ? model.logits(output) : output; // [B, T, V]
      const labels = tf.reshape<tf.Rank.R1>('target' in batch ? batch.target : batch, [-1]);
      const rows = tf.reshape<tf.Rank.R2>(logits, [labels.size, logits.shape[2]]);
      return tf.mean<tf.Scalar>(softmaxCrossEntropy(rows, labels, 0.1).loss);
    });
    optimizer.step(gradient, learningRate);
    const value = loss.dataSync()[0]!;
    tf.dispose([loss, gradient]);
    return value;
  });
  optimizer.dispose();
  return losses;
};
