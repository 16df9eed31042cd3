import { KeyValueCache, type LanguageModel } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { nextLogProbabilities, type StepDecoder } from './stepDecoder';

/**
 * Incremental decoding of a language model after a prompt that it has read: `prompt` [P] ids, the same for every row.
 * The first step is given the token that follows. Owns its cache until disposed.
 */
export class LanguageModelDecoder implements StepDecoder {
  readonly vocabulary: number;
  rows: number;
  private readonly cache = new KeyValueCache();

  constructor(
    private readonly model: LanguageModel,
    prompt: readonly number[],
    rows = 1,
  ) {
    this.vocabulary = model.config.vocabulary;
    this.rows = rows;
    if (prompt.length === 0) return;
    const ids = Int32Array.from({ length: rows * prompt.length }, (_, i) => prompt[i % prompt.length]!);
    try {
      tf.tidy(() => {
        model.decode(tf.tensor2d(ids, [rows, prompt.length], 'int32'), { cache: this.cache });
      });
    } catch (error) {
      this.cache.dispose();
      throw error;
    }
  }

  step(ids: Int32Array): Promise<Float32Array> {
    return nextLogProbabilities(this.model, () =>
      this.model.decode(tf.tensor2d(ids, [ids.length, 1], 'int32'), { cache: this.cache }),
    );
  }

  select(indices: readonly number[]): void {
    this.cache.select(indices);
    this.rows = indices.length;
  }

  dispose(): void {
    this.cache.dispose();
  }
}
