import {
  checkInteger,
  findsTopLogits,
  KeyValueCache,
  type LanguageModel,
  parseAs,
  type TopLogProbabilities,
  withFixedWeights,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { speaker } from '../checks/objects';
import { tokenList } from '../checks/tokens';
import { likeliestTokens, nextLogProbabilities, type StepDecoder } from './stepDecoder';

/** Tokens of a prompt: scores of attention are so many times all that was read before. */
const READ_AT_ONCE = 512;

/**
 * Incremental decoding of a language model after a prompt that it has read: `prompt` [N] ids, the same for every row.
 * The first step is given the token that follows. Owns its cache until disposed.
 */
export class LanguageModelDecoder implements StepDecoder {
  readonly vocabulary: number;
  rows: number;
  private readonly cache = new KeyValueCache();

  /** @throws SteadyformerError on another kind of model, or where the prompt is no list of its tokens. */
  constructor(
    private readonly model: LanguageModel,
    prompt: readonly number[],
    rows = 1,
  ) {
    parseAs(speaker(), model, 'LanguageModelDecoder model');
    const { vocabulary } = model.config;
    parseAs(tokenList(vocabulary), prompt, 'LanguageModelDecoder prompt');
    checkInteger('LanguageModelDecoder rows', rows);
    this.vocabulary = vocabulary;
    this.rows = rows;
    try {
      for (let from = 0; from < prompt.length; from += READ_AT_ONCE) {
        const part = prompt.slice(from, from + READ_AT_ONCE);
        tf.tidy(() => {
          const ids = tf.tile(tf.tensor2d([...part], [1, part.length], 'int32'), [rows, 1]); // [R, part]
          withFixedWeights(() => model.decode(ids, { cache: this.cache }));
        });
      }
    } catch (error) {
      this.cache.dispose();
      throw error;
    }
  }

  step(ids: Int32Array): Promise<Float32Array> {
    return nextLogProbabilities(this.model, () => this.decode(ids));
  }

  top(ids: Int32Array, count: number): Promise<TopLogProbabilities> | undefined {
    return findsTopLogits() ? likeliestTokens(this.model, () => this.decode(ids), count) : undefined;
  }

  private decode(ids: Int32Array): tf.Tensor3D {
    return this.model.decode(tf.tensor2d(ids, [ids.length, 1], 'int32'), { cache: this.cache });
  }

  select(indices: readonly number[]): void {
    this.cache.select(indices);
    this.rows = indices.length;
  }

  dispose(): void {
    this.cache.dispose();
  }
}
