import * as tf from '@tensorflow/tfjs';
import { lossAndGradient } from '../src/autodiff/gradients';
import { selectBackend } from '../src/backend/select';
import { transformer } from '../src/models/transformer';
import { softmaxCrossEntropy } from '../src/ops/softmaxCrossEntropy';
import { Optimizer } from '../src/optim/optimizer';
import { radam } from '../src/optim/radam';
import { randomStream } from '../src/random/random';
import { admin } from '../src/residual/methods/admin';
import { stateDict } from '../src/state/parameters';

const STEPS = 20;
const SIZES = { vocabulary: 23, padId: 1, width: 16, heads: 4, feedForward: 32, depth: 2 };

export interface Run {
  readonly losses: number[];
  readonly weights: Record<string, number[]>;
}

/**
 * Twenty steps with dropout everywhere; batches, masks and weights are functions of the seed. Runs in Node and in a
 * page: tensors are read asynchronously.
 */
export const train = async (backend: string, seed: number, checkpointing = false): Promise<Run> => {
  if (tf.getBackend() !== backend) await selectBackend(backend);
  const dropout = { residual: 0.1, attention: 0.1, activation: 0.1 };
  const model = transformer({ ...SIZES, dropout, method: admin() }, seed);
  const parameters = model.parameters();
  const optimizer = new Optimizer(parameters, radam({ weightDecay: 1e-4 }));
  const losses: number[] = [];
  for (let step = 1; step <= STEPS; step++) {
    const random = randomStream(seed).fork('training').fork(step);
    const ids = (label: string, time: number): tf.Tensor2D => {
      const words = random
        .fork(label)
        .uniform(3 * time, 2, SIZES.vocabulary)
        .map(Math.floor);
      return tf.tensor2d(words, [3, time], 'int32');
    };
    const [source, target, labels] = [ids('source', 6), ids('target', 5), ids('labels', 5)];
    const { loss, gradient } = lossAndGradient(parameters, () => {
      const logits = model.call({ source, target }, { training: true, random, checkpointing });
      const rows = tf.reshape<tf.Rank.R2>(logits, [15, SIZES.vocabulary]);
      return tf.mean(softmaxCrossEntropy(rows, tf.reshape(labels, [15]), 0.1).loss);
    });
    optimizer.step(gradient, 2e-3);
    losses.push((await loss.data())[0]!);
    tf.dispose([source, target, labels, loss, gradient]);
  }
  const state = await stateDict(model);
  const weights = Object.fromEntries(
    Object.entries(state).map(([path, { data }]) => [path, Array.from(data)]),
  );
  optimizer.dispose();
  model.dispose();
  return { losses, weights };
};
