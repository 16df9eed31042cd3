// Core's ops and fused kernels on TensorFlow, against tfjs's cpu backend. No argument. Prints one line of JSON.
import { kernelCases, opCases } from '@steadyformer/core/testing';
import * as tf from '@tensorflow/tfjs';
import { useBackend } from './backend';

const { device, tensorflow } = await useBackend('tensorflow', true);
await tf.setBackend('cpu');
const failed: { readonly name: string; readonly reason: string }[] = [];
const ops = opCases('tensorflow');
const kernels = kernelCases('tensorflow');
for (const { name, run } of [...ops, ...kernels]) {
  try {
    await run();
  } catch (error) {
    failed.push({ name, reason: error instanceof Error ? error.message : String(error) });
  }
}
console.log(JSON.stringify({ device, tensorflow, ops: ops.length, kernels: kernels.length, failed }));
