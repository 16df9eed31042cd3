import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { testedBackends } from '../testing/backends';
import { maxError } from '../testing/numbers';
import { selectBackend } from './backend';
import { softmaxCrossEntropy } from './ops/softmaxCrossEntropy';
import { lossAndGradient } from './optim/gradients';
import { Optimizer } from './optim/optimizer';
import { radam } from './optim/radam';
import { stateDict } from './parameters';
import { randomStream } from './random';
import { admin } from './residual/methods/admin';
import { transformer } from './transformer';

const STEPS = 20;
const SIZES = { vocabulary: 23, padId: 1, width: 16, heads: 4, feedForward: 32, depth: 2 };

interface Run {
  readonly losses: number[];
  readonly weights: Record<string, number[]>;
}

/** Twenty steps with dropout everywhere; batches, masks and weights are functions of the seed. */
const train = async (backend: string, seed: number): Promise<Run> => {
  await selectBackend(backend);
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
      const logits = model.call({ source, target }, { training: true, random });
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

describe('training with dropout', () => {
  it.each(testedBackends)('twice from one seed is bit-identical on %s', async (backend) => {
    const [first, second, other] = [
      await train(backend, 5),
      await train(backend, 5),
      await train(backend, 6),
    ];
    expect(second).toEqual(first);
    expect(other.losses).not.toEqual(first.losses);
  });

  it(`differs by at most 1e-4 in loss between ${testedBackends.join(', ')}`, async () => {
    const runs: Run[] = [];
    for (const backend of testedBackends) runs.push(await train(backend, 5));
    const [first, ...others] = runs;
    expect(others.length).toBeGreaterThan(0);
    for (const { losses } of others) expect(maxError(losses, first!.losses, 1)).toBeLessThan(1e-4);
  });
});
