import type * as tf from '@tensorflow/tfjs';
import type { Chunk } from './heap';
import type { Numbers } from './numbers';
import type { Block } from './pool';

/** What stands behind a data id: tfjs's cpu record, and the pooled block that its values lie in, if any. */
export interface Data {
  values?: tf.backend_util.BackendValues;
  dtype: tf.DataType;
  complexTensorInfos?: { real: tf.TensorInfo; imag: tf.TensorInfo };
  refCount: number;
  block?: Block;
  /** The chunk of the heap that its values lie in, which others may lie in as well. */
  chunk?: Chunk;
  /** The array is the program's own, over which it made a tensor; threads may share it. */
  given?: boolean;
  /** The array was handed to a reader. */
  read?: boolean;
  /** Kernels write it in place: other tensors get data of their own over its memory. */
  inPlace?: boolean;
  /** Memory of such data that this one reads until it is written. */
  lent?: object;
}

/** What a kernel has made and shared so far: it goes where the kernel throws. */
export interface Doings {
  readonly made: object[];
  readonly shared: object[];
}

/** What a memory is known by: its chunk in the heap, or its buffer. */
export const placeOf = ({ chunk, values }: Data): object => chunk ?? (values as Numbers).buffer;
