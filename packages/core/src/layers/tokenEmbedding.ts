import * as tf from '@tensorflow/tfjs';
import type { Context } from '../context';
import { checkInteger } from '../errors';
import { Module, matrixParameter, type Parameter } from '../module';
import { dropoutIn } from '../ops/dropout';
import { embedding } from '../ops/embedding';
import { unembed } from '../ops/unembed';
import type { RandomStream } from '../random';
import { sinusoidalPositions } from './positions';

export interface TokenEmbeddingOptions {
  readonly vocabulary: number;
  readonly width: number;
  /** The id whose row starts at zero and gets no position. */
  readonly padId: number;
  /** Default 0. */
  readonly dropout?: number;
}

/**
 * x_0 = dropout(sqrt(D) E[token] + P[position]) (Vaswani et al. 2017, section 3.4), E from N(0, 1 / D), sinusoidal
 * P with positions counted from padId + 1 and no vector at pads: the authors' conventions.
 */
export class TokenEmbedding extends Module {
  readonly table: Parameter<tf.Rank.R2>;
  private readonly options: Required<TokenEmbeddingOptions>;

  constructor(options: TokenEmbeddingOptions, random: RandomStream) {
    super();
    this.options = { dropout: 0, ...options };
    const { vocabulary, width, padId } = this.options;
    checkInteger('TokenEmbedding vocabulary', vocabulary);
    checkInteger('TokenEmbedding padId', padId, 0);
    const values = random.fork('table').normal(vocabulary * width, 0, 1 / Math.sqrt(width));
    values.fill(0, padId * width, (padId + 1) * width);
    this.table = matrixParameter(values, vocabulary, width);
  }

  /** ids [B, T] int32, the first at position `start` of its sentence: [B, T, D] */
  call(ids: tf.Tensor2D, context: Context, start = 0): tf.Tensor3D {
    const { width, padId, dropout } = this.options;
    return tf.tidy(() => {
      const [batch, time] = ids.shape;
      const rows = tf.mul<tf.Tensor3D>(embedding(ids, this.table.value), Math.sqrt(width));
      const real = tf.reshape(tf.cast(tf.notEqual(ids, padId), 'float32'), [batch, time, 1]);
      const positions = tf.mul(real, sinusoidalPositions(time, width, padId + 1 + start)); // [B, T, D]
      return dropoutIn(context, 'dropout', tf.add<tf.Tensor3D>(rows, positions), dropout);
    });
  }

  /** Logits with the table as output projection: x [..., D]: [..., V] */
  logits<R extends tf.Rank>(x: tf.Tensor<R>): tf.Tensor<R> {
    return unembed(x, this.table.value);
  }
}
