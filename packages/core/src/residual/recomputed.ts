import * as tf from '@tensorflow/tfjs';
import { recompute } from '../autodiff/recompute';
import type { Context } from '../context/context';

type Streams = readonly tf.Tensor3D[];

/**
 * `compute(streams, context)`, its inside made again in the backward pass where the context asks for it. Not where a
 * cache grows with the call, nor where a probe sets scales of its own.
 */
export const recomputed = (
  streams: Streams,
  context: Context,
  compute: (streams: Streams, context: Context) => tf.Tensor3D,
): tf.Tensor3D => {
  if (!context.checkpointing || context.cache || context.probe?.branch) return compute(streams, context);
  const fields = Object.entries(context).filter(
    (entry): entry is [string, tf.Tensor] => entry[1] instanceof tf.Tensor,
  );
  const held = [...streams, ...fields.map(([, tensor]) => tensor)];
  return recompute(held, (tensors, again) => {
    const own = fields.map(([name], i) => [name, tensors[streams.length + i]!]);
    return compute(tensors.slice(0, streams.length) as tf.Tensor3D[], {
      ...context,
      ...Object.fromEntries(own),
      ...(again ? unwatched(context) : {}),
    });
  });
};

/** A probe has seen the first run; one that sees nothing takes its place, as its hooks decide how a residual joins. */
const unwatched = ({ probe }: Context): Pick<Context, 'probe'> =>
  probe ? { probe: probe.join ? { join: () => {} } : {} } : {};
