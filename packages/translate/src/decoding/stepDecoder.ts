import { KeyValueCache, type Memory, type Transformer } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';

/**
 * A model that says, token by token, how likely each next token is. Rows are hypotheses; search decides which
 * rows live on.
 */
export interface StepDecoder {
  readonly vocabulary: number;
  /** Rows at present. */
  readonly rows: number;
  /** ids [rows]: the token each row was given last. Returns log-probabilities [rows * vocabulary], row by row. */
  step(ids: Int32Array): Promise<Float32Array>;
  /** Keeps the rows `indices`, in that order; repeats are allowed. */
  select(indices: readonly number[]): void;
  dispose(): void;
}

/** Log-probabilities of what follows the one new position of every row, [rows * V], from its output [rows, 1, D]. */
export const nextLogProbabilities = async (
  model: { logits(hidden: tf.Tensor2D): tf.Tensor2D },
  decode: () => tf.Tensor3D,
): Promise<Float32Array> => {
  const logProbabilities = tf.tidy(() => {
    const hidden = decode();
    return tf.logSoftmax(model.logits(tf.reshape(hidden, [hidden.shape[0], hidden.shape[2]]))); // [rows, V]
  });
  try {
    // A copy: the backend may use the memory again.
    return Float32Array.from(await logProbabilities.data<'float32'>());
  } finally {
    logProbabilities.dispose();
  }
};

/** Incremental decoding of a translation model: source [B, S] ids, right-padded. Owns its cache until disposed. */
export class TransformerDecoder implements StepDecoder {
  readonly vocabulary: number;
  private readonly cache = new KeyValueCache();
  private memory: Memory;

  constructor(
    private readonly model: Transformer,
    source: Int32Array,
    shape: readonly [number, number],
  ) {
    this.vocabulary = model.config.vocabulary;
    const ids = tf.tensor2d(source, [...shape], 'int32');
    try {
      this.memory = model.encode(ids);
    } finally {
      ids.dispose();
    }
  }

  get rows(): number {
    return this.memory.memory.shape[0];
  }

  step(ids: Int32Array): Promise<Float32Array> {
    return nextLogProbabilities(this.model, () =>
      this.model.decode(tf.tensor2d(ids, [ids.length, 1], 'int32'), this.memory, { cache: this.cache }),
    );
  }

  select(indices: readonly number[]): void {
    this.cache.select(indices);
    const { memory, memoryMask } = this.memory;
    this.memory = tf.tidy(() => {
      const rows = tf.tensor1d([...indices], 'int32');
      return { memory: tf.gather(memory, rows), memoryMask: tf.gather(memoryMask, rows) };
    });
    tf.dispose([memory, memoryMask]);
  }

  dispose(): void {
    this.cache.dispose();
    tf.dispose([this.memory.memory, this.memory.memoryMask]);
  }
}
