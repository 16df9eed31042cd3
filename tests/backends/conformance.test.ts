import { availability as onnxruntime } from '@steadyformer/backend-onnxruntime';
import { availability as tensorflow } from '@steadyformer/backend-tensorflow';
import { selectBackend } from '@steadyformer/core';
import { KERNEL_GROUPS, kernelCases, opCases } from '@steadyformer/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';

// The contract of core, by its published conformance. onnxruntime offers every fused kernel; tensorflow those of training, and
// has to serve the plain ops that core composes the others of, as tfjs's own backends do.

const missing = ({ available, reason }: { available: boolean; reason?: string }): string | undefined =>
  available ? undefined : (reason ?? 'not available');
const absent: Readonly<Record<string, string | undefined>> = {
  onnxruntime: missing(onnxruntime()),
  tensorflow: missing(tensorflow()),
};
// Its kernels are registered once it is loaded, and tests are named by them.
if (absent.tensorflow === undefined) await tf.setBackend('tensorflow');

beforeAll(async () => {
  await selectBackend('wasm');
  await selectBackend('cpu');
});

/** What decoding is made faster by, for which TensorFlow has no op of its own. */
const NOT_OF_TENSORFLOW = ['SteadyFixedLinear', 'SteadyAttentionStep', 'SteadyTopLogits'];
const all = KERNEL_GROUPS.flat();
const offered: Readonly<Record<string, readonly string[]>> = {
  onnxruntime: all,
  tensorflow: all.filter((kernel) => !NOT_OF_TENSORFLOW.includes(kernel)),
};

for (const backend of ['onnxruntime', 'tensorflow']) {
  const reason = backend === 'tensorflow' ? absent.tensorflow : undefined;
  describe.skipIf(reason !== undefined)(`the kernels of ${backend}${reason ? `: ${reason}` : ''}`, () => {
    const cases = reason === undefined ? kernelCases(backend) : [];

    it('are those of the contract that it is to offer', () => {
      expect(new Set(cases.map(({ kernel }) => kernel))).toEqual(new Set(offered[backend]));
    });

    if (cases.length === 0) return;
    it.each(cases)('$name', async ({ run }) => {
      await run();
      expect(tf.getBackend()).toBe('cpu');
    });
  });
}

describe.each(['onnxruntime', 'wasm', 'tensorflow'])("core's ops on %s", (backend) => {
  beforeEach(({ skip }) => {
    if (absent[backend] !== undefined) skip(absent[backend]);
  });

  // wasm is registered once it is selected: after tests are named, before they run.
  it.each(opCases('cpu').map(({ name }) => name))('%s', async (name) => {
    await opCases(backend)
      .find((each) => each.name === name)!
      .run();
  });
});
