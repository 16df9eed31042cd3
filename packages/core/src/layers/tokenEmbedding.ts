import * as tf from '@tensorflow/tfjs';
import { can } from '../backend/capabilities';
import { check, checkInteger, checkNumber, checkRate } from '../checks/errors';
import { checkIds } from '../checks/tensors';
import type { Context } from '../context/context';
import { dropoutIn } from '../context/dropout';
import { checkBelow, embedding } from '../ops/embedding';
import { masked } from '../ops/masked';
import { sinusoidalPositions } from '../ops/sinusoidalPositions';
import { unembed } from '../ops/unembed';
import type { RandomStream } from '../random/random';
import { Module, type Parameter } from '../state/module';
import { normalParameter } from './initializers';
import { checkPositionVectors, type Positions } from './positions';

/** Options of `TokenEmbedding`. */
export interface TokenEmbeddingOptions {
  readonly vocabulary: number;
  readonly width: number;
  /** The id whose row starts at zero and gets no position. */
  readonly padId: number;
  /** Default 0. */
  readonly dropout?: number;
  /** Default sinusoidal. */
  readonly positions?: Positions;
  /** Factor on the deviation of the initial table. Default 1. */
  readonly gain?: number;
}

/**
 * x_0 = dropout(sqrt(D) E[token] + P[position]) (Vaswani et al. 2017, section 3.4), E from N(0, 1 / D). Pads get no
 * position, as in the authors' code. Learned ones start from N(0, 1 / D).
 */
export class TokenEmbedding extends Module {
  readonly table: Parameter<tf.Rank.R2>;
  /** Row t belongs to position t, counted from 0. */
  readonly positionTable?: Parameter<tf.Rank.R2>;
  readonly options: TokenEmbeddingOptions;

  constructor(options: TokenEmbeddingOptions, random: RandomStream) {
    super();
    this.options = options;
    const { vocabulary, width, padId, positions } = options;
    checkInteger('TokenEmbedding vocabulary', vocabulary);
    checkInteger('TokenEmbedding width', width);
    checkInteger('TokenEmbedding padId', padId, 0);
    checkRate('TokenEmbedding dropout', options.dropout ?? 0);
    if (positions) checkPositionVectors(positions, 'TokenEmbedding positions');
    check(padId < vocabulary, 'TokenEmbedding padId', padId, `ids below the vocabulary of ${vocabulary}`);
    const gain = checkNumber('TokenEmbedding gain', options.gain ?? 1);
    const deviation = 1 / Math.sqrt(width);
    const asked = { gain, zeroRow: padId };
    this.table = normalParameter(random.fork('table'), vocabulary, width, gain * deviation, asked);
    if (positions?.kind === 'learned') {
      this.positionTable = normalParameter(random.fork('positionTable'), positions.length, width, deviation);
    }
  }

  /** ids [B, T] int32, the first at position `start` of its sentence: [B, T, D] */
  call(ids: tf.Tensor2D, context: Context = {}, start = 0): tf.Tensor3D {
    const { padId, dropout = 0, vocabulary, width, positions } = this.options;
    const path = context.path ?? '';
    checkIds(`ids at '${path}'`, ids);
    checkBelow(`token id at '${path}'`, ids, vocabulary);
    return tf.tidy(() => {
      let x = this.rows(ids);
      if (positions?.kind !== 'none') {
        const time = ids.shape[1];
        // Pads read a row of zeros: what is trained may overflow, and multiplied by 0 be NaN.
        const vectors = tf.concat([tf.zeros<tf.Rank.R2>([1, width]), this.positionVectors(start, time)]); // [1 + T, D]
        const real = tf.cast(tf.notEqual(ids, padId), 'int32');
        x = tf.add(x, embedding(tf.mul(real, tf.range(1, time + 1, 1, 'int32')), vectors));
      }
      return dropoutIn(context, 'dropout', x, dropout);
    });
  }

  /**
   * sqrt(D) E[id]: [B, T, D]. Where pads have no finite row (and reading it costs nothing) zeros stand for it: attention
   * weighs what they hold with 0, which would make NaN of it and reach the other tokens.
   */
  private rows(ids: tf.Tensor2D): tf.Tensor3D {
    const { width, padId } = this.options;
    const table = this.table.value;
    const rows = tf.mul<tf.Tensor3D>(embedding(ids, table), Math.sqrt(width));
    if (!can('hostMemory')) return rows;
    const padRow = tf.slice(table, padId, 1).dataSync<'float32'>();
    return padRow.every(Number.isFinite) ? rows : masked(rows, tf.expandDims(tf.notEqual(ids, padId), 2));
  }

  /** What is added to real tokens, the first being number `start` of its sentence: [T, D] */
  positionVectors(start: number, time: number): tf.Tensor2D {
    const { width, padId, positions } = this.options;
    if (!this.positionTable) {
      const layout = positions?.kind === 'sinusoidal' ? positions.layout : undefined;
      const first = layout === 'interleaved' ? 0 : padId + 1;
      return sinusoidalPositions(time, width, first + start, layout);
    }
    const length = this.positionTable.shape[0]!;
    const next = 'Split the sentence, or build the model with more positions.';
    const allowed = `up to the ${length} learned positions`;
    check(start + time <= length, 'tokens in a sentence', start + time, allowed, next);
    return tf.slice(this.positionTable.value, start, time);
  }

  /** Logits with the table as output projection: x [..., D]: [..., V] */
  logits<R extends tf.Rank>(x: tf.Tensor<R>): tf.Tensor<R> {
    return unembed(x, this.table.value);
  }
}
