import type * as tf from '@tensorflow/tfjs';
import type { OnnxRuntimeBackend } from '../backend';
import type { Kernels } from '../wasm/kernels';

type Arrays = readonly Float32Array[];
type Specs = readonly { readonly shape: readonly number[] }[];
type Addresses<T extends readonly unknown[]> = { [K in keyof T]: number };

/**
 * New float tensors by a kernel in WebAssembly, given the addresses of what it reads and of what it writes; or by `graph`
 * where there is no memory that it shares with the tensors.
 */
export const nativeOr = <const R extends Arrays, const S extends Specs>(
  backend: OnnxRuntimeBackend,
  reads: R,
  specs: S,
  run: (kernels: Kernels, reads: Addresses<R>, writes: Addresses<S>) => void,
  graph: () => tf.TensorInfo[],
): tf.TensorInfo[] => {
  const made = specs.map(({ shape }) => backend.fresh(shape));
  const writes = made.map(({ values }) => values);
  const done = backend.native({ reads, writes }, (kernels, at) =>
    run(kernels, reads.map(at) as Addresses<R>, writes.map(at) as Addresses<S>),
  );
  if (done) return made.map(({ info }) => info);
  for (const { info } of made) backend.disposeData(info.dataId);
  return graph();
};
