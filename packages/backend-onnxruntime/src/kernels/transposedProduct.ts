import type { Graph, Value } from '../onnx/graph';

/**
 * Ways to compute a^T b of a [M, K] and b [M, N], for which ONNX Runtime transposes a anew for every block of
 * columns:
 * - direct: as it is, for small products;
 * - copied: a is transposed once before, about a tenth less on one thread;
 * - flipped: (b^T a)^T, for a result much taller than wide, a quarter less.
 */
export type TransposedForm = 'direct' | 'copied' | 'flipped';

/** Below this many multiplications the forms do not differ. */
const LEAST = 1 << 22;

/** The fastest form for these shapes. */
export const transposedForm = (a: readonly number[], b: readonly number[]): TransposedForm => {
  const [shared, rows] = a as [number, number];
  const columns = b[1]!;
  if (shared * rows * columns < LEAST) return 'direct';
  if (rows >= 2048 && rows >= 4 * columns) return 'flipped';
  return 'copied';
};

/** a^T b in the given form. */
export const transposedProduct = (g: Graph, a: Value, b: Value, form: TransposedForm): Value => {
  const perm = [1, 0];
  if (form === 'copied') return g.matMul(g.op('Transpose', [a], { perm }), b);
  if (form === 'flipped') return g.op('Transpose', [g.matMul(b, a, { transposeA: true })], { perm });
  return g.matMul(a, b, { transposeA: true });
};
