import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, it } from 'vitest';
import { registerReferenceKernels } from '../../testing/referenceKernels';
import { checkReplicaCount, replicasHere } from './replicasHere';

beforeAll(() => tf.setBackend('cpu'));

it('are threads where the backend computes in memory that they share, else processes, of nearly any number', () => {
  expect(replicasHere()).toEqual({ run: 'processes', most: undefined });
  const undo = registerReferenceKernels();
  expect(replicasHere()).toEqual({ run: 'threads', most: undefined });
  undo();
  expect(() => checkReplicaCount(1024, 'replicas')).not.toThrow();
  expect(() => checkReplicaCount(1025, 'replicas')).toThrow('replicas: received 1025, allowed up to 1024.');
});

it('are no more than the devices that a backend says there are', () => {
  const backend = tf.backend() as tf.KernelBackend & { steadyProcesses?: object };
  backend.steadyProcesses = { devices: 2, environment: () => ({}) };
  try {
    expect(replicasHere()).toEqual({ run: 'processes', most: 2 });
    expect(() => checkReplicaCount(2, 'replicas')).not.toThrow();
    expect(() => checkReplicaCount(3, 'replicas')).toThrow(
      'replicas: received 3, allowed up to 2, one for each GPU that this process sees. ' +
        'Ask for 2 at most; where the machine has more, name them in CUDA_VISIBLE_DEVICES.',
    );
  } finally {
    delete backend.steadyProcesses;
  }
});
