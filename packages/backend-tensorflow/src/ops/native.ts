import type * as tf from '@tensorflow/tfjs';

/** The name under which the backend is registered with tfjs. */
export const BACKEND_NAME = 'tensorflow';

/** A tensor of TensorFlow's: its handle in the addon, by number. */
export interface Handle {
  readonly id: number;
  readonly shape: number[];
  /** TensorFlow's number of the type. */
  readonly dtype: number;
}

/** An attribute of a raw op, as the addon takes it. */
export interface Attribute {
  readonly name: string;
  readonly type: number;
  readonly value: number | boolean | string | readonly number[];
}

/** What the addon gives. Types of inputs (`T`) need not be said: TensorFlow sees them. */
export interface Binding {
  readonly TF_Version: string;
  readonly TF_FLOAT: number;
  readonly TF_INT32: number;
  readonly TF_BOOL: number;
  readonly TF_ATTR_STRING: number;
  readonly TF_ATTR_INT: number;
  readonly TF_ATTR_FLOAT: number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
  readonly TF_ATTR_SHAPE: number;
  executeOp(
    name: string,
    attributes: readonly Attribute[],
    inputs: readonly number[],
    outputs: number,
  ): Handle[];
  createTensor(shape: readonly number[], dtype: number, values: ArrayBufferView): number;
  deleteTensor(id: number): void;
  isUsingGpuDevice(): boolean;
}

/** What tfjs-node keeps of a tensor. */
export interface TensorEntry {
  shape: number[];
  dtype: number;
  /** Not yet handed to TensorFlow, where this is there. */
  values: ArrayBufferView | null;
  id: number;
  refCount: number;
}

/** tfjs-node's backend, as far as kernels use it. */
export interface NativeBackend extends tf.KernelBackend {
  /** Whether TensorFlow placed itself on a CUDA device. */
  readonly isUsingGpuDevice: boolean;
  readonly binding: Binding;
  readonly tensorMap: tf.DataStorage<TensorEntry>;
  getInputTensorIds(tensors: readonly tf.TensorInfo[]): number[];
  createOutputTensor(handle: Handle): tf.Tensor;
  applyActivation(
    x: tf.Tensor,
    activation: string,
    preluActivationWeights?: tf.Tensor,
    leakyreluAlpha?: number,
  ): tf.Tensor;
}

/** Hands TensorFlow the values of a tensor that it has not seen yet. */
export const handOver = (binding: Binding, entry: TensorEntry): void => {
  if (entry.values === null) return;
  entry.id = binding.createTensor(entry.shape, entry.dtype, entry.values);
  entry.values = null;
};
