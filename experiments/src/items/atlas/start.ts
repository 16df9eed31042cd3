import { type Loss, laziness, measureBranches, predict, zipfTokens } from '@steadyformer/analysis';
import { type Encoder, encoder, SteadyformerError, softmaxCrossEntropy } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { type ChangesAt, changesOf, SIGN, together } from './change';
import { methodNamed, profiled } from './methods';
import { type StartPoint, short } from './points';
import type { Networks, StartSize } from './sizes';

/** Tokens predict themselves: the loss whose gradient an aligned change follows. */
const lossOf =
  (model: Encoder, vocabulary: number): Loss<tf.Tensor2D> =>
  (ids, context) =>
    tf.tidy(() => {
      const logits = model.logits(model.call(ids, context));
      const rows = tf.reshape<tf.Rank.R2>(logits, [-1, vocabulary]);
      return tf.mean<tf.Scalar>(softmaxCrossEntropy(rows, tf.reshape(ids, [-1]), 0).loss);
    });

/** D_N by theorem 2; null where theory knows no form of the method's branches or norms. */
const predictedChange = async (model: Encoder, ids: tf.Tensor2D, depth: number): Promise<number | null> => {
  const branches = await measureBranches(model, ids);
  try {
    const perturbation = { kind: 'sign', size: SIGN, embedding: true } as const;
    const { encoder: predicted } = await predict(model, { ...branches, perturbation });
    return short(predicted!.outputChange[depth - 1]!.change);
  } catch (error) {
    if (error instanceof SteadyformerError) return null;
    throw error;
  }
};

interface Measured extends ChangesAt {
  readonly predicted: number | null;
  /** Laziness and its error. */
  readonly lazy?: readonly [number | null, number | null];
}

const measureNetwork = async (
  name: string,
  size: StartSize,
  depth: number,
  seed: number,
): Promise<Measured> => {
  const { vocabulary, sentences, length, width, heads, lazy } = size;
  const ids = zipfTokens({ sentences, length, vocabulary, seed });
  const model = encoder(
    { vocabulary, padId: 1, width, heads, depth: depth / 2, method: methodNamed(name) },
    seed,
  );
  try {
    await profiled(model, ids, seed);
    const loss = lossOf(model, vocabulary);
    const changes = await changesOf(model, ids, loss, seed);
    const predicted = await predictedChange(model, ids, depth);
    if (seed > lazy.networks || !lazy.depths.includes(depth)) return { ...changes, predicted };
    const { encoder: measured } = await laziness(model, ids, { loss });
    const { laziness: value, error } = measured!.at(-1)!;
    return { ...changes, predicted, lazy: [short(value), short(error)] };
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
    networks.push({ seed, ...together(at), predicted: at.map(({ predicted }) => predicted) });
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
