import * as tf from '@tensorflow/tfjs';
import { TensorflowBackendError } from '../checks/errors';
import { quietly } from '../ops/quietly';

/** A backend, as far as values are moved between it and another. */
interface ValueBackend extends tf.KernelBackend {
  write(values: tf.backend_util.BackendValues, shape: number[], dtype: tf.DataType): object;
  readSync(id: object): tf.backend_util.BackendValues;
  disposeData(id: object, force?: boolean): boolean;
}

const HOST = 'cpu';

/**
 * A kernel computed by tfjs's own JavaScript: its inputs are read, its outputs handed to TensorFlow. For what has no op in
 * TensorFlow that takes it, and works on the host there as well: strings, ragged and sparse indices.
 *
 * @throws TensorflowBackendError where tfjs's cpu backend does not have the kernel
 */
export const onHost =
  (kernelName: string): tf.KernelFunc =>
  ({ inputs, attrs = {}, backend }) => {
    const native = backend as ValueBackend;
    const host = tf.findBackend(HOST) as ValueBackend | null;
    const kernel = tf.getKernel(kernelName, HOST);
    if (host === null || kernel == null) {
      throw new TensorflowBackendError(
        `tensorflow backend: '${kernelName}' is computed by tfjs's cpu backend, which does not have it here. Import '@tensorflow/tfjs'.`,
      );
    }
    const copies: tf.TensorInfo[] = [];
    const copied = (info: tf.TensorInfo): tf.TensorInfo => {
      const values = native.readSync(info.dataId);
      const copy = {
        dataId: host.write(values, info.shape, info.dtype),
        shape: info.shape,
        dtype: info.dtype,
      };
      copies.push(copy);
      return copy;
    };
    const copiedAll = (given: unknown): unknown => {
      if (given == null) return given;
      return Array.isArray(given) ? given.map(copiedAll) : copied(given as tf.TensorInfo);
    };
    return quietly(() => {
      try {
        const given = Array.isArray(inputs)
          ? copiedAll(inputs)
          : Object.fromEntries(Object.entries(inputs).map(([name, each]) => [name, copiedAll(each)]));
        const made = kernel.kernelFunc({ inputs: given as tf.NamedTensorInfoMap, attrs, backend: host });
        const outputs = (Array.isArray(made) ? made : [made]) as tf.TensorInfo[];
        const moved = outputs.map(({ dataId, shape, dtype }) => {
          const values = host.readSync(dataId);
          // What tfjs hands out may be an input's own array, or one that it writes again.
          const own = ArrayBuffer.isView(values) ? (values.slice() as typeof values) : values;
          return { dataId: native.write(own, shape, dtype), shape, dtype };
        });
        for (const { dataId } of outputs) host.disposeData(dataId);
        return Array.isArray(made) ? moved : moved[0]!;
      } finally {
        for (const { dataId } of copies) host.disposeData(dataId, true);
      }
    });
  };
