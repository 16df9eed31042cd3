import * as tf from '@tensorflow/tfjs';
import { layoutOf } from '../../optim/layout';
import { Optimizer } from '../../optim/optimizer';
import { checkedStretch } from '../../optim/shard';
import { scalarCount } from '../../state/flat';
import { arraysIn, shareMemory } from '../sharedMemory';
import { collectGarbage } from './collectGarbage';
import { inThread } from './replicaThread';
import { placesAmong, type Sharing, type Team } from './sharing';

/** Threads over the same weights, moments and gradients in shared memory, each of which updates its stretch. */
export const overMemory = ({ entry, data, parameters, rule, options, count }: Team): Sharing => {
  const { flat, frozen } = layoutOf(parameters, rule, options.groups);
  const { shard } = options;
  const size = scalarCount(flat);
  const memory = shareMemory(size, count, scalarCount(frozen), shard && checkedStretch(shard, size));
  const arrays = arraysIn(memory);
  const optimizer = new Optimizer(parameters, rule, { ...options, memory: arrays });
  // The values lie in shared memory now, and once more in arrays of the parameters' that are of no use.
  collectGarbage();
  const indices = placesAmong(parameters);
  const start = { memory, data, trained: indices(flat), frozen: indices(frozen) };
  const env = { ...process.env, STEADYFORMER_THREADS: '1', STEADYFORMER_BACKEND: tf.getBackend() };
  return {
    optimizer,
    start: (rank) => inThread(entry, { ...start, rank }, env),
    publish: async () => ({}),
    readSum: () => arrays.gradients[0]!,
    // It was changed where it lies.
    writeSum: () => {},
    plan: (learningRate, gradientScale) => {
      const steps = optimizer.plan(learningRate, gradientScale);
      return async (ask) => {
        await ask({ kind: 'step', steps });
        await shard?.gather(arrays.parameters);
        optimizer.advance();
      };
    },
    close: () => optimizer.dispose(),
  };
};
