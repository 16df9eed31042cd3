import { availability as onnxruntime } from '@steadyformer/backend-onnxruntime';
import { availability as tensorflow } from '@steadyformer/backend-tensorflow';
import { selectBackend } from '@steadyformer/core';
import { KERNEL_GROUPS, kernelCases, opCases } from '@steadyformer/core/testing';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';

// The contract of core, by its published conformance. onnxruntime offers every fused kernel; tensorflow offers none, and
// has to serve the plain ops that core composes them of, as tfjs's own backends do.

beforeAll(async () => {
  await selectBackend('wasm');
  await selectBackend('cpu');
});

const missing = ({ available, reason }: { available: boolean; reason?: string }): string | undefined =>
  available ? undefined : (reason ?? 'not available');
const absent: Readonly<Record<string, string | undefined>> = {
  onnxruntime: missing(onnxruntime()),
  tensorflow: missing(tensorflow()),
};

describe('the kernels of onnxruntime', () => {
  const cases = kernelCases('onnxruntime');

  it('are all kernels of the contract', () => {
    expect(new Set(cases.map(({ kernel }) => kernel))).toEqual(new Set(KERNEL_GROUPS.flat()));
  });

  it.each(cases)('$name', async ({ run }) => {
    await run();
    expect(tf.getBackend()).toBe('cpu');
  });
});

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

it('tensorflow offers none of the kernels, so that core composes them', () => {
  expect(kernelCases('tensorflow')).toEqual([]);
});
