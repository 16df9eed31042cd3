import * as tf from '@tensorflow/tfjs';
import {
  type AttentionStepAttrs,
  type FusedKernels,
  hasKernel,
  type KernelForm,
  runKernel,
} from '../backend/kernels';
import { composedAttention } from './attention';

type Inputs = FusedKernels['SteadyAttentionStep']['inputs'];

/** Attributes of attention to pieces, beside the rows that these say themselves. */
export type StepAttrs = Omit<AttentionStepAttrs, 'rows'>;

/** Keys and values of some positions, and which row of them each row of a query reads. */
export interface Piece {
  /** [rows, T, columns]; the last 2 G Dh columns are key and value. */
  readonly lines: tf.Tensor3D;
  readonly rows: ArrayLike<number>;
}

/** Whether attention reads pieces where they lie. Where not, composing them is slower than attention to the whole. */
export const readsPieces = (): boolean => hasKernel('SteadyAttentionStep');

/**
 * Attention of one query a row, the first H Dh columns of query [B, 1, ...], to pieces; mask [any, 1, 1, Tk] by maskRows.
 * Returns [B, 1, H Dh]. No gradient.
 */
export const attentionStep = (
  query: tf.Tensor3D,
  pieces: readonly Piece[],
  mask: tf.Tensor4D | undefined,
  attrs: StepAttrs,
): tf.Tensor3D => {
  const named = Object.fromEntries(pieces.map(({ lines }, i) => [`piece${i}`, lines]));
  const rows = pieces.map((piece) => piece.rows);
  const inputs = { query, mask, ...named } as Inputs;
  return runKernel('SteadyAttentionStep', inputs, { ...attrs, rows })[0] as tf.Tensor3D;
};

/** Rows of x by their number. */
export const rowsOf = <T extends tf.Tensor>(x: T, rows: ArrayLike<number>): T =>
  tf.tidy(() => tf.gather(x, tf.tensor1d(Array.from(rows), 'int32')) as T);

/** Pieces as one tensor [B, Tk, 2 G Dh]. */
export const wholeOf = (pieces: readonly Piece[], columns: number): tf.Tensor3D =>
  tf.tidy(() => {
    const parts = pieces.map(({ lines, rows }) => {
      const [most, keys, width] = lines.shape;
      const last =
        width === columns ? lines : tf.slice(lines, [0, 0, width - columns], [most, keys, columns]);
      const same = rows.length === most && Array.from(rows).every((row, i) => row === i);
      return same ? last : rowsOf(last, rows);
    });
    return parts.length === 1 ? tf.clone(parts[0]!) : tf.concat(parts, 1);
  });

/** The kernel, composed of what every backend has. */
export const composedAttentionStep: KernelForm<'SteadyAttentionStep'> = (inputs, attrs) =>
  tf.tidy(() => {
    const { heads, keyValueHeads, depth, scale, rows, maskRows } = attrs;
    const { query, mask } = inputs;
    const pieces = rows.map((of, i) => ({ lines: inputs[`piece${i}`]!, rows: of }));
    const attended = composedAttention(
      {
        query: tf.slice(query, [0, 0, 0], [query.shape[0], 1, heads * depth]),
        keyValue: wholeOf(pieces, 2 * keyValueHeads * depth),
        ...(mask ? { mask: maskRows ? rowsOf(mask, maskRows) : mask } : {}),
      },
      { heads, keyValueHeads, scale, causal: false, dropoutRate: 0, dropoutKey: [0, 0] },
    );
    return [attended[0]!];
  });
