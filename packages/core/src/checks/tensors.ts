import * as tf from '@tensorflow/tfjs';
import { SteadyformerError, show } from './errors';

/**
 * Throws unless `x` is a tensor of the type and of as many axes as `shape` names ('...' stands for any), none of them empty: backends differ
 * in what they make of a tensor without numbers.
 */
export const checkTensor = (
  what: string,
  x: tf.Tensor,
  shape: string,
  dtype: 'int32' | 'float32' = 'float32',
): void => {
  const open = shape.startsWith('[...');
  const axes = shape.split(',').length - (open ? 1 : 0);
  const rank = open ? Math.max(x?.rank, axes) : axes;
  if (x instanceof tf.Tensor && x.rank === rank && x.dtype === dtype && x.size > 0) return;
  const next = Array.isArray(x) ? ` Make one: tf.tensor(values, undefined, '${dtype}').` : '';
  throw new SteadyformerError(
    `${what}: received ${show(x)}, expected ${dtype} ${shape}, no axis empty.${next}`,
  );
};

/** Throws unless `ids` are token ids. */
export const checkIds = (what: string, ids: tf.Tensor): void =>
  checkTensor(what, ids, '[batch, time]', 'int32');
