import { type Loss, laziness } from '@steadyformer/analysis';
import { type Encoder, softmaxCrossEntropy } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { type ChangesAt, changesOf, together } from './change';
import { type StartPoint, short } from './points';
import type { Networks, StartSize } from './sizes';
import { startNetwork } from './startNetwork';

/** Tokens predict themselves: the loss whose gradient an aligned change follows. */
const lossOf =
  (model: Encoder, vocabulary: number): Loss<tf.Tensor2D> =>
  (ids, context) =>
    tf.tidy(() => {
      const logits = model.logits(model.call(ids, context));
      const rows = tf.reshape<tf.Rank.R2>(logits, [-1, vocabulary]);
      return tf.mean<tf.Scalar>(softmaxCrossEntropy(rows, tf.reshape(ids, [-1]), 0).loss);
    });

interface Measured extends ChangesAt {
  /** Laziness and its error. */
  readonly lazy?: readonly [number | null, number | null];
}

const measureNetwork = async (
  name: string,
  size: StartSize,
  depth: number,
  seed: number,
): Promise<Measured> => {
  const { vocabulary, lazy } = size;
  const { model, ids } = await startNetwork(name, size, depth, seed);
  try {
    const loss = lossOf(model, vocabulary);
    const changes = await changesOf(model, ids, loss, seed);
    if (seed > lazy.networks || !lazy.depths.includes(depth)) return changes;
    const { encoder: measured } = await laziness(model, ids, { loss });
    const { laziness: value, error } = measured!.at(-1)!;
    return { ...changes, lazy: [short(value), short(error)] };
  } finally {
    model.dispose();
    ids.dispose();
  }
};

/** A method's networks at their start. */
export const measureStart = async (
  name: string,
  size: StartSize & Networks,
  log: (line: string) => void,
): Promise<Pick<StartPoint, 'depths' | 'networks' | 'lazyDepths' | 'lazy'>> => {
  const { depths, lazy } = size;
  const networks: StartPoint['networks'] = [];
  const lazies: StartPoint['lazy'] = [];
  for (let seed = 1; seed <= size.networks; seed++) {
    const at: Measured[] = [];
    for (const depth of depths) at.push(await measureNetwork(name, size, depth, seed));
    networks.push({ seed, ...together(at) });
    const own = at.flatMap((each) => (each.lazy ? [each.lazy] : []));
    if (own.length > 0)
      lazies.push({ seed, values: own.map(([value]) => value), errors: own.map(([, error]) => error) });
    log(`${name}: network ${seed} of ${size.networks}`);
  }
  return {
    depths: [...depths],
    networks,
    lazyDepths: depths.filter((depth) => lazy.depths.includes(depth)),
    lazy: lazies,
  };
};
