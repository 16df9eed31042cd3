import type * as tf from '@tensorflow/tfjs';
import type { Call } from '../kernels/kernel';
import { type Sizes, stridesOf } from './heads';

/**
 * Attention of one query a row to keys and values of their own, a step of decoding, by one kernel that reads them where
 * they lie: heads are not split, which costs more than the attention itself. [y, saved] as `attention` gives; undefined
 * where the call is another, or kernels do not run.
 */
export const attentionStep = (
  { inputs, attrs, backend }: Call,
  { batch, heads, groups, queries, keys, depth }: Sizes,
): [y: tf.TensorInfo, saved: tf.TensorInfo] | undefined => {
  const { mask } = inputs;
  if (inputs.keyValue == null || queries !== 1 || (attrs.dropoutRate as number) > 0) return undefined;
  if (mask != null && mask.shape[3] !== keys) return undefined;
  const query = backend.values(inputs.query!);
  const keyValue = backend.values(inputs.keyValue);
  const masks = mask == null ? [] : [backend.values(mask)];
  const [ofBatch, ofHead] = stridesOf(mask?.shape);
  const y = backend.fresh([batch, 1, heads * depth]);
  const saved = backend.fresh([batch, heads, 1, keys]);
  const operands = { reads: [query, keyValue, ...masks], writes: [y.values, saved.values] };
  const done = backend.native(operands, (kernels, at) => {
    kernels.attentionStep(
      at(query),
      at(keyValue),
      batch,
      heads,
      groups,
      keys,
      depth,
      attrs.scale as number,
      mask != null,
      mask == null ? 0 : at(masks[0]!),
      ofBatch,
      ofHead,
      at(saved.values),
      at(y.values),
    );
  });
  if (done) return [y.info, saved.info];
  for (const { info } of [y, saved]) backend.disposeData(info.dataId);
  return undefined;
};
