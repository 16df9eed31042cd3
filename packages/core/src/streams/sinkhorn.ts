import * as tf from '@tensorflow/tfjs';

const EPSILON = 1e-6;

/** Divides by sums over an axis. */
const shared = (matrices: tf.Tensor, axis: number): tf.Tensor =>
  tf.div(matrices, tf.add(tf.sum(matrices, axis, true), EPSILON));

/**
 * exp(logits) with columns and rows scaled in turn until both sum to 1, rows last (Sinkhorn and Knopp 1967), `steps`
 * times each. [..., n, n]: the same shape. 1e-6 is added to every entry first, and to every sum.
 */
export const sinkhorn = (logits: tf.Tensor, steps: number): tf.Tensor => {
  const [rows, columns] = [logits.rank - 1, logits.rank - 2];
  // exp and the first sums over columns, as a softmax.
  const exp = tf.exp(tf.sub(logits, tf.max(logits, columns, true)));
  let scaled: tf.Tensor = tf.add(tf.div(exp, tf.sum(exp, columns, true)), EPSILON);
  for (let step = 0; step < steps; step++) {
    if (step > 0) scaled = shared(scaled, columns);
    scaled = shared(scaled, rows);
  }
  return scaled;
};

/** The same of numbers, row by row. */
export const sinkhornNumbers = (
  logits: readonly (readonly number[])[],
  steps: number,
): readonly (readonly number[])[] => {
  const transposed = (rows: readonly (readonly number[])[]) =>
    rows[0]!.map((_, j) => rows.map((row) => row[j]!));
  const byRow = (rows: readonly (readonly number[])[]) =>
    rows.map((row) => {
      const sum = row.reduce((a, b) => a + b) + EPSILON;
      return row.map((value) => value / sum);
    });
  const columns = transposed(logits).map((column) => {
    const exp = column.map((value) => Math.exp(value - Math.max(...column)));
    const sum = exp.reduce((a, b) => a + b);
    return exp.map((value) => value / sum + EPSILON);
  });
  let scaled = byRow(transposed(columns));
  for (let step = 1; step < steps; step++) scaled = byRow(transposed(byRow(transposed(scaled))));
  return scaled;
};
