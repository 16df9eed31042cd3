import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import type { Versions } from '../harness/protocol';

export type BackendName = 'onnxruntime' | 'tensorflow' | 'wasm' | 'cpu';

const FUSED = /^Steady/;

/** Takes our fused kernels away, so that core composes its ops from those that every backend has. */
const withoutFusedKernels = (backend: BackendName): void => {
  for (const { kernelName } of tf.getKernelsForBackend(backend)) {
    if (FUSED.test(kernelName)) tf.unregisterKernel(kernelName, backend);
  }
};

const load: Readonly<Record<BackendName, () => Promise<Versions>>> = {
  onnxruntime: async () => {
    const { availability, runtimeVersion } = await import('@steadyformer/backend-onnxruntime');
    const { available, reason } = availability();
    if (!available) throw new Error(reason);
    return { onnxruntime: runtimeVersion() };
  },
  wasm: async () => {
    const wasm = await import('@tensorflow/tfjs-backend-wasm');
    const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm');
    wasm.setWasmPaths(`${dirname(entry)}/`);
    return { 'tfjs-backend-wasm': wasm.version_wasm };
  },
  // This repository installs no tfjs-node: it lies in the project that the variable names, or where NODE_PATH finds it.
  tensorflow: async () => {
    const { loadTensorflow } = await import('@steadyformer/backend-tensorflow');
    const project = process.env.STEADYFORMER_TFJS_PROJECT;
    // Loaded here, so that its kernels are registered before any are taken away.
    const { backend, version } = loadTensorflow(
      project === undefined ? undefined : [join(project, 'package.json')],
    );
    tf.removeBackend('tensorflow');
    tf.registerBackend('tensorflow', () => backend);
    return { tensorflow: version, device: backend.isUsingGpuDevice ? 'CUDA' : 'CPU' };
  },
  cpu: async () => ({}),
};

/** Makes a backend active, with or without our fused kernels. */
export const useBackend = async (name: BackendName, fused: boolean): Promise<Versions> => {
  const versions = await load[name]();
  if (!(await tf.setBackend(name))) throw new Error(`tfjs could not start '${name}'`);
  await tf.ready();
  if (!fused) withoutFusedKernels(name);
  return { node: process.versions.node, tfjs: tf.version.tfjs, ...versions };
};
