import * as tf from '@tensorflow/tfjs';
import { check } from '../checks/errors';
import type { Context } from '../context/context';
import { rowsOf } from '../ops/attentionStep';
import type { AttentionScores } from './attentionScores';

/** Whether this is one position a row, of which nobody wants weights or gradients, and a cache that is read as it lies. */
export const isStep = (
  { training, probe, cache }: Context,
  x: tf.Tensor3D,
  { logitCap }: AttentionScores,
): boolean =>
  x.shape[1] === 1 &&
  !training &&
  !probe?.attention &&
  // The kernel knows none.
  logitCap === undefined &&
  tf.engine().state.activeTape == null &&
  cache?.isReadInPlace() === true;

/** Rows of a memory that rows of x read. Throws where there are others. */
export const checkedRows = (
  rows: readonly number[] | undefined,
  x: tf.Tensor3D,
  memory: tf.Tensor3D,
  path: string,
): readonly number[] | undefined => {
  if (!rows) return undefined;
  const [batch, most] = [x.shape[0], memory.shape[0]];
  const fits = rows.length === batch && rows.every((row) => Number.isInteger(row) && row >= 0 && row < most);
  check(fits, `memoryRows of cross-attention at '${path}'`, rows, `${batch} rows of the memory's ${most}`);
  return rows;
};

/** Those rows of x; all where none are named. */
export const chosen = <T extends tf.Tensor>(x: T, rows: readonly number[] | undefined): T =>
  rows ? rowsOf(x, rows) : x;
