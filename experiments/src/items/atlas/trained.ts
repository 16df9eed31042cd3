import type { Loss } from '@steadyformer/analysis';
import type { LanguageModel } from '@steadyformer/core';
import { batchTensors, languageModelLoss } from '@steadyformer/translate';
import * as tf from '@tensorflow/tfjs';
import { type ChangesAt, changesOf, NOTHING, together } from './change';
import { batchesOf, type Language, modelOf, train } from './language';
import { profiled } from './methods';
import { short, type TrainedPoint } from './points';
import type { Networks, Size } from './sizes';

interface Measured {
  readonly before: ChangesAt;
  readonly after: ChangesAt;
  readonly loss: number | null;
}

const measureNetwork = async (
  name: string,
  language: Language,
  { rate, updates }: Size['trained'],
  depth: number,
  seed: number,
): Promise<Measured> => {
  const model = modelOf(name, language, depth / 2, seed);
  // Held out of training by its seed: the blocks of another order.
  const batch = batchesOf(language, seed + 1000).batchAt(0, 0);
  const { source, target } = batchTensors(batch);
  const sums = languageModelLoss();
  const loss: Loss<tf.Tensor2D> = (_, context) => {
    const { loss: sum, tokens } = sums(model as LanguageModel, batch, context);
    return tf.div(sum, tokens);
  };
  try {
    await profiled(model, target, seed);
    const before = await changesOf(model, target, loss, seed);
    const last = await train(model, language, { rate, updates, seed });
    const after = last === undefined ? NOTHING : await changesOf(model, target, loss, seed);
    return { before, after, loss: short(last) };
  } finally {
    model.dispose();
    tf.dispose([source, target]);
  }
};

/** A method's networks before and after some updates. */
export const measureTrained = async (
  name: string,
  language: Language,
  size: Size['trained'] & Networks,
  log: (line: string) => void,
): Promise<Pick<TrainedPoint, 'depths' | 'networks'>> => {
  const networks: TrainedPoint['networks'] = [];
  for (let seed = 1; seed <= size.networks; seed++) {
    const at: Measured[] = [];
    for (const depth of size.depths) at.push(await measureNetwork(name, language, size, depth, seed));
    networks.push({
      seed,
      before: together(at.map(({ before }) => before)),
      after: together(at.map(({ after }) => after)),
      losses: at.map(({ loss }) => loss),
    });
    log(`${name}: trained network ${seed} of ${size.networks}`);
  }
  return { depths: [...size.depths], networks };
};
