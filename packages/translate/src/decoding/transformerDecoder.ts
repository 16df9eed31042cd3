import { KeyValueCache, type Memory, parseAs, type Transformer } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { translationModel } from '../checks/objects';
import { checkIdMatrix } from '../data/checkBatch';
import { nextLogProbabilities, type StepDecoder } from './stepDecoder';

/** Incremental decoding of a translation model: source [B, S] ids, right-padded. Owns its cache until disposed. */
export class TransformerDecoder implements StepDecoder {
  readonly vocabulary: number;
  private readonly cache = new KeyValueCache();
  private memory: Memory;
  /** The sentence of each row. */
  private sentences: readonly number[];

  /** @throws SteadyformerError on another kind of model, or ids that do not fill the shape. */
  constructor(
    private readonly model: Transformer,
    source: Int32Array,
    shape: readonly [number, number],
  ) {
    parseAs(translationModel(), model, 'TransformerDecoder model');
    checkIdMatrix('TransformerDecoder source', source, 'TransformerDecoder shape', shape);
    this.vocabulary = model.config.vocabulary;
    this.sentences = Array.from({ length: shape[0] }, (_, sentence) => sentence);
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
    const sentences = indices.map((row) => this.sentences[row]!);
    const same = sentences.length === this.rows && sentences.every((one, row) => one === this.sentences[row]);
    if (same) return;
    this.sentences = sentences;
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
