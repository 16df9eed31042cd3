import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { onBackends } from '../../testing/backends';
import { registerReferenceKernels } from '../../testing/referenceKernels';
import { opCases } from './opCases';

onBackends((backend) => {
  describe('opCases', () => {
    it.each(opCases('cpu').map(({ name }) => name))('%s', async (name) => {
      const tensors = tf.memory().numTensors;
      await opCases(backend)
        .find((each) => each.name === name)!
        .run();
      expect([tf.memory().numTensors, tf.getBackend()]).toEqual([tensors, backend]);
    });
  });
});

it('opCases finds a backend of which one op is wrong, forward or backward', async () => {
  tf.registerBackend('wrong', () => tf.findBackendFactory('cpu')!() as tf.KernelBackend);
  tf.copyRegisteredKernels('cpu', 'wrong');
  const tanh = tf.getKernel('Tanh', 'wrong');
  tf.unregisterKernel('Tanh', 'wrong');
  tf.registerKernel({ ...tanh, kernelFunc: tf.getKernel('Sigmoid', 'cpu').kernelFunc });
  const failed: string[] = [];
  for (const { name, run } of opCases('wrong')) {
    await run().catch((error: Error) => {
      expect(error.message).toMatch(
        /(value|gradient of input \d): largest error .*, allowed 0\.0001; at element/,
      );
      failed.push(name);
    });
  }
  expect(failed).toEqual(['linear, gelu', 'gated, gelu']);
  for (const { kernelName } of tf.getKernelsForBackend('wrong')) tf.unregisterKernel(kernelName, 'wrong');
  tf.removeBackend('wrong');
});

it.each<[object, string]>([
  [{ hostMemroy: true }, "unknown option 'hostMemroy', did you mean 'hostMemory'?"],
  [{ hostMemory: 1 }, 'hostMemory: received 1, allowed true, false'],
])('opCases finds the statement %o, which is none', async (steadyCapabilities, message) => {
  const cpu = tf.findBackendFactory('cpu')!() as tf.KernelBackend;
  tf.registerBackend('mine', () => Object.assign(cpu, { steadyCapabilities }));
  const [statement] = opCases('mine');
  await expect(statement!.run()).rejects.toThrow(`steadyCapabilities of the backend 'mine': ${message}`);
  tf.removeBackend('mine');
});

it('opCases goes through the kernels that a backend has', async () => {
  const called = new Set<string>();
  const undo = registerReferenceKernels((name) => called.add(name));
  for (const { run } of opCases('cpu')) await run();
  undo();
  expect(called.size).toBe(14); // all but those of the optimizer
});
