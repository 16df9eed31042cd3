import * as tf from '@tensorflow/tfjs';
import type { MathBackendCPU } from '@tensorflow/tfjs-backend-cpu';
import { OnnxRuntimeError } from '../errors';

/** tfjs's cpu backend as a base class: taken from tfjs itself, so that both share one copy of tfjs-core. */
const cpuClass = (): (new () => MathBackendCPU) => {
  const cpu = tf.findBackendFactory('cpu')?.();
  if (cpu == null) {
    throw new OnnxRuntimeError("tfjs's 'cpu' backend is not registered. Import '@tensorflow/tfjs' (4.22).");
  }
  return cpu.constructor as new () => MathBackendCPU;
};

export const CpuBackend: new () => MathBackendCPU = cpuClass();
