import * as tf from '@tensorflow/tfjs';
import { flatten } from '../../autodiff/gradients';
import { processesOf } from '../../backend/capabilities';
import { layoutOf } from '../../optim/layout';
import { Optimizer } from '../../optim/optimizer';
import { scalarCount } from '../../state/flat';
import type { NamedParameter } from '../../state/module';
import { inProcess } from './replicaProcess';
import { SharedFile } from './sharedFile';
import { placesAmong, type Sharing, type Team } from './sharing';

/**
 * Processes with a backend each, and where it has several devices one each. They exchange weights and gradients through a
 * file in memory; this process makes the updates.
 */
export const overFile = ({ entry, data, parameters, rule, options, count }: Team): Sharing => {
  const { flat, frozen } = layoutOf(parameters, rule, options.groups);
  const sizes = { replicas: count, size: scalarCount(flat), frozen: scalarCount(frozen) };
  const optimizer = new Optimizer(parameters, rule, options);
  const file = created(() => SharedFile.create(sizes), optimizer);
  const indices = placesAmong(parameters);
  const start = { memory: sizes, data, trained: indices(flat), frozen: indices(frozen) };
  const backend = processesOf();
  const write = async (shelf: 'parameters' | 'frozen', list: readonly NamedParameter[]): Promise<void> => {
    const values = flatten(list.map(({ parameter }) => parameter.value));
    try {
      file.write(shelf, await values.data<'float32'>());
    } finally {
      values.dispose();
    }
  };
  /** The data of the frozen parameters as they were written: what is assigned to one has other data. */
  let written: readonly object[] = [];
  let version = 0;
  return {
    optimizer,
    start: (rank) => {
      const own = backend?.environment(rank, count);
      const env = { ...process.env, ...own, STEADYFORMER_BACKEND: tf.getBackend() };
      return inProcess(entry, { ...start, rank }, env, file.descriptor);
    },
    publish: async () => {
      await write('parameters', flat);
      const now = frozen.map(({ parameter }) => parameter.value.dataId);
      if (now.some((dataId, i) => dataId !== written[i])) {
        await write('frozen', frozen);
        written = now;
        version++;
      }
      return { frozen: version };
    },
    readSum: () => file.read(0),
    writeSum: (gradient) =>
      file.write(0, gradient.subarray(optimizer.stretch.from, optimizer.stretch.to), optimizer.stretch.from),
    plan: (learningRate, gradientScale) => {
      optimizer.plan(learningRate, gradientScale);
      return async () => {
        const gradient = tf.tensor1d(file.read(0, optimizer.stretch));
        try {
          await optimizer.stepShard(gradient, learningRate, gradientScale);
        } finally {
          gradient.dispose();
        }
      };
    },
    close: () => {
      file.close();
      optimizer.dispose();
    },
  };
};

const created = <T>(create: () => T, optimizer: Optimizer): T => {
  try {
    return create();
  } catch (error) {
    optimizer.dispose();
    throw error;
  }
};
