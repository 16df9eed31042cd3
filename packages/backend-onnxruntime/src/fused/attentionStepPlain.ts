import type { Sizes } from './heads';

/** Keys and values of some positions, or masks: [rows, keys, width]. */
export interface Lines {
  readonly values: Float32Array;
  readonly keys: number;
  readonly width: number;
  /** Which row of it each row of the query reads. */
  readonly rows: ArrayLike<number>;
}

export interface Step extends Omit<Sizes, 'queries'> {
  readonly query: Float32Array;
  /** Elements of a row of the query; its first are the query. */
  readonly queryWidth: number;
  readonly scale: number;
  /** A line ends in key and value. */
  readonly pieces: readonly Lines[];
  readonly mask: Lines | undefined;
  /** Elements from one head's mask to the next's. Default 0: they share it. */
  readonly maskHead?: number;
}

/** softmax(q k^T scale + mask) v of every row and head, where no kernel runs. */
export const plainAttentionStep = (step: Step, y: Float32Array): void => {
  const { batch, heads, groups, keys, depth, query, queryWidth, scale, pieces, mask } = step;
  const scores = new Float64Array(keys);
  const places = new Int32Array(keys);
  for (let b = 0; b < batch; b++) {
    for (let h = 0; h < heads; h++) {
      const group = Math.floor((h * groups) / heads) * depth;
      const q = b * queryWidth + h * depth;
      let j = 0;
      for (const { values, keys: some, width, rows } of pieces) {
        const start = rows[b]! * some * width + width - 2 * groups * depth + group;
        for (let i = 0; i < some; i++, j++) {
          places[j] = start + i * width;
          let sum = 0;
          for (let d = 0; d < depth; d++) sum += query[q + d]! * values[places[j]! + d]!;
          scores[j] = sum * scale + (mask ? mask.values[mask.rows[b]! * keys + j]! : 0);
        }
      }
      const top = scores.reduce((most, score) => Math.max(most, score), Number.NEGATIVE_INFINITY);
      let mass = 0;
      for (let i = 0; i < keys; i++) mass += scores[i] = Math.exp(scores[i]! - top);
      const to = (b * heads + h) * depth;
      for (let d = 0; d < depth; d++) {
        let sum = 0;
        j = 0;
        for (const { values, keys: some } of pieces) {
          for (let i = 0; i < some; i++, j++) sum += scores[j]! * values[places[j]! + groups * depth + d]!;
        }
        y[to + d] = sum / mass;
      }
    }
  }
};
