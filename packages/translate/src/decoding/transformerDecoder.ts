import {
  type FixedWeights,
  findsTopLogits,
  KeyValueCache,
  type Memory,
  parseAs,
  type TopLogProbabilities,
  type Transformer,
  withFixedWeights,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { translationModel } from '../checks/objects';
import { checkIdMatrix } from '../data/checkBatch';
import { likeliestTokens, nextLogProbabilities, type StepDecoder } from './stepDecoder';

/** Incremental decoding of a translation model: source [B, S] ids, right-padded. Owns its cache until disposed. */
export class TransformerDecoder implements StepDecoder {
  readonly vocabulary: number;
  private readonly cache = new KeyValueCache();
  private readonly memory: Memory;
  /** The sentence of each row. */
  private sentences: readonly number[];

  /**
   * @param weights what is known of the model's weights as long as the decoder lives
   * @throws SteadyformerError on another kind of model, or ids that do not fill the shape.
   */
  constructor(
    private readonly model: Transformer,
    source: Int32Array,
    shape: readonly [number, number],
    private readonly weights: FixedWeights = {},
  ) {
    parseAs(translationModel(), model, 'TransformerDecoder model');
    checkIdMatrix('TransformerDecoder source', source, 'TransformerDecoder shape', shape);
    this.vocabulary = model.config.vocabulary;
    this.sentences = Array.from({ length: shape[0] }, (_, sentence) => sentence);
    const ids = tf.tensor2d(source, [...shape], 'int32');
    try {
      this.memory = withFixedWeights(() => model.encode(ids), weights);
    } finally {
      ids.dispose();
    }
  }

  get rows(): number {
    return this.sentences.length;
  }

  step(ids: Int32Array): Promise<Float32Array> {
    return nextLogProbabilities(this.model, () => this.decode(ids), this.weights);
  }

  top(ids: Int32Array, count: number): Promise<TopLogProbabilities> | undefined {
    if (!findsTopLogits()) return undefined;
    return likeliestTokens(this.model, () => this.decode(ids), count, this.weights);
  }

  private decode(ids: Int32Array): tf.Tensor3D {
    const context = { cache: this.cache, memoryRows: this.sentences };
    return this.model.decode(tf.tensor2d(ids, [ids.length, 1], 'int32'), this.memory, context);
  }

  select(indices: readonly number[]): void {
    this.cache.select(indices);
    this.sentences = indices.map((row) => this.sentences[row]!);
  }

  dispose(): void {
    this.cache.dispose();
    tf.dispose([this.memory.memory, this.memory.memoryMask]);
  }
}
