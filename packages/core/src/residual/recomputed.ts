import * as tf from '@tensorflow/tfjs';
import { recompute } from '../autodiff/recompute';
import type { Context } from '../context/context';

/**
 * `compute(x, context)`, its inside made again in the backward pass where the context asks for it. Not where a cache
 * grows with the call, nor where a probe sets scales of its own. `again` tells `compute` that nothing reads its result.
 */
export const recomputed = (
  x: tf.Tensor3D,
  context: Context,
  compute: (x: tf.Tensor3D, context: Context, again: boolean) => tf.Tensor3D,
): tf.Tensor3D => {
  if (!context.checkpointing || context.cache || context.probe?.branch) return compute(x, context, false);
  const fields = Object.entries(context).filter(
    (entry): entry is [string, tf.Tensor] => entry[1] instanceof tf.Tensor,
  );
  const held = [x, ...fields.map(([, tensor]) => tensor)];
  return recompute(held, ([own, ...tensors], again) =>
    compute(
      own as tf.Tensor3D,
      {
        ...context,
        ...Object.fromEntries(fields.map(([name], i) => [name, tensors[i]!])),
        ...(again ? unwatched(context) : {}),
      },
      again,
    ),
  );
};

/** A probe has seen the first run; one that sees nothing takes its place, as its hooks decide how a residual joins. */
const unwatched = ({ probe }: Context): Pick<Context, 'probe'> =>
  probe ? { probe: probe.join ? { join: () => {} } : {} } : {};
