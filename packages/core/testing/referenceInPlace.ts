import * as tf from '@tensorflow/tfjs';
import type { Numbers } from './referenceKernel';

/** The cpu backend's arrays: typed here, since tfjs does not export the class. */
export interface CpuBackend {
  readonly data: { get(id: object): { values: Numbers } };
  write(values: Numbers, shape: number[], dtype: 'float32' | 'int32'): object;
  readSync(id: object): Numbers;
  disposeData(id: object): boolean;
}

/** Data that kernels write in place, and the memory that it lies in. */
export interface InPlaceData {
  /** Says that kernels write this data in place from now on. */
  readonly mark: (backend: CpuBackend, dataId: object) => void;
  readonly undo: () => void;
}

/**
 * Teaches tfjs's cpu backend, which knows nothing of writing in place, that what is read or cloned never changes
 * afterwards: reads are copies, and so is what a kernel gives that shares data written in place.
 */
export const keepWhatIsHeld = (): InPlaceData => {
  const written = new WeakSet<object>();
  const memories = new WeakSet<ArrayBufferLike>();
  const cpu = tf.findBackend('cpu') as unknown as CpuBackend;
  const { readSync } = cpu;
  cpu.readSync = (id) => readSync.call(cpu, id)?.slice();

  const apart = (info: tf.TensorInfo): tf.TensorInfo => {
    const record = cpu.data.get(info.dataId);
    if (written.has(info.dataId)) {
      cpu.disposeData(info.dataId); // The kernel has counted one more reader.
      return { ...info, dataId: cpu.write(record.values.slice(), info.shape, 'float32') };
    }
    if (ArrayBuffer.isView(record.values) && memories.has(record.values.buffer)) {
      record.values = record.values.slice();
    }
    return info;
  };
  const originals = tf.getKernelsForBackend('cpu');
  const replace = (configs: readonly tf.KernelConfig[]): void => {
    for (const config of configs) {
      tf.unregisterKernel(config.kernelName, 'cpu');
      tf.registerKernel(config);
    }
  };
  replace(
    originals.map((config) => ({
      ...config,
      kernelFunc: (call) => {
        const out = config.kernelFunc(call);
        return Array.isArray(out) ? out.map(apart) : apart(out);
      },
    })),
  );
  return {
    mark: ({ data }, dataId) => {
      written.add(dataId);
      memories.add(data.get(dataId).values.buffer);
    },
    undo: () => {
      cpu.readSync = readSync;
      replace(originals);
    },
  };
};
