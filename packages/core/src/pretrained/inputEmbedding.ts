import * as tf from '@tensorflow/tfjs';
import { check } from '../checks/errors';
import { checkIds } from '../checks/tensors';
import { LayerNorm } from '../layers/layerNorm';
import { checkBelow, embedding } from '../ops/embedding';
import { constantParameter, Module, type Parameter } from '../state/module';

/** What stands between ids and the first sub-layer of a pretrained model. */
export interface InputEmbeddingOptions {
  readonly vocabulary: number;
  readonly width: number;
  /** Rows of the table of positions. Absent: none. */
  readonly positions?: number;
  /** Rows of the table of token types (BERT's segments). Absent: none. */
  readonly types?: number;
  /** Factor on the rows of tokens. Default 1. */
  readonly scale?: number;
  /** Epsilon of a LayerNorm of the sum. Absent: none. */
  readonly normEpsilon?: number;
}

/**
 * x_0 = norm(scale E[token] + P[position] + S[type]), whatever of it there is. Unlike `TokenEmbedding`, every token has a
 * position, pads as well.
 */
export class InputEmbedding extends Module {
  /** [V, D] */
  readonly table: Parameter<tf.Rank.R2>;
  /** Row t belongs to position t, counted from 0. */
  readonly positionTable?: Parameter<tf.Rank.R2>;
  readonly typeTable?: Parameter<tf.Rank.R2>;
  readonly norm?: LayerNorm;

  /** `table`: of another embedding, with which this one is one. */
  constructor(
    readonly options: InputEmbeddingOptions,
    table?: Parameter<tf.Rank.R2>,
  ) {
    super();
    const { vocabulary, width, positions, types, normEpsilon } = options;
    this.table = table ?? constantParameter([vocabulary, width], 0);
    if (positions !== undefined) this.positionTable = constantParameter([positions, width], 0);
    if (types !== undefined) this.typeTable = constantParameter([types, width], 0);
    if (normEpsilon !== undefined) this.norm = new LayerNorm(width, normEpsilon);
  }

  /** ids and types [B, T] int32, the first at position `start`; types are by default 0: [B, T, D] */
  call(ids: tf.Tensor2D, start = 0, types?: tf.Tensor2D): tf.Tensor3D {
    const { scale = 1, vocabulary, types: kinds } = this.options;
    checkIds('ids', ids);
    checkBelow('token id', ids, vocabulary);
    return tf.tidy(() => {
      let x = embedding(ids, this.table.value);
      if (scale !== 1) x = tf.mul(x, scale);
      if (this.typeTable) {
        const all = types ?? tf.zeros<tf.Rank.R2>(ids.shape, 'int32');
        checkIds('types', all);
        checkBelow('token type', all, kinds!);
        x = tf.add(x, embedding(all, this.typeTable.value));
      }
      if (this.positionTable) x = tf.add(x, positionsFrom(this.positionTable, start, ids.shape[1]));
      return this.norm?.call(x) ?? x;
    });
  }
}

/** [T, D] */
const positionsFrom = (table: Parameter<tf.Rank.R2>, start: number, time: number): tf.Tensor2D => {
  const length = table.shape[0]!;
  const allowed = `up to the ${length} positions of the checkpoint`;
  check(start + time <= length, 'tokens in a sentence', start + time, allowed, 'Split the sentence.');
  return tf.slice(table.value, [start, 0], [time, -1]);
};
