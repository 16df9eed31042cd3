import type * as tf from '@tensorflow/tfjs';
import type { OnnxRuntimeBackend } from '../backend';

/** One call of a kernel. Absent optional inputs are undefined. */
export interface Call {
  readonly inputs: Readonly<Record<string, tf.TensorInfo | undefined>>;
  /** The inputs of kernels that take a list. */
  readonly list: readonly tf.TensorInfo[];
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly backend: OnnxRuntimeBackend;
  /** tfjs's cpu kernel of the same name, with other inputs or attributes where given. */
  readonly plain: (changes?: Changes) => Result;
}

/** What replaces inputs and attributes of a call. */
export interface Changes {
  readonly inputs?: Readonly<Record<string, tf.TensorInfo>>;
  readonly attrs?: Readonly<Record<string, unknown>>;
}

export type Result = tf.TensorInfo | tf.TensorInfo[];

/** A kernel of this backend. It may decline a call by returning undefined: tfjs's cpu kernel then serves it. */
export type Kernel = (call: Call) => Result | undefined;

/** Kernels by tfjs's name for them. */
export type KernelTable = Readonly<Record<string, Kernel>>;

/** Whether every tensor is of type float32. */
export const allFloat = (...infos: readonly tf.TensorInfo[]): boolean =>
  infos.every((info) => info.dtype === 'float32');

/** Whether the tensor is of a type whose elements are plain numbers in memory. */
export const isNumeric = (info: tf.TensorInfo): boolean =>
  info.dtype === 'float32' || info.dtype === 'int32' || info.dtype === 'bool';

/** Whether `size` elements are worth a native call; always, where tests force it (never for nothing at all). */
export const worthwhile = (backend: OnnxRuntimeBackend, size: number, least: number): boolean =>
  size > 0 && (size >= least || backend.options.forceNative);
