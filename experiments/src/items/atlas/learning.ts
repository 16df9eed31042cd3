import { batchTensors } from '@steadyformer/translate';
import * as tf from '@tensorflow/tfjs';
import { batchesOf, heldOut, type Language, modelOf, train } from './language';
import { profiled } from './methods';
import { type LearningPoint, short } from './points';
import type { Networks, Size } from './sizes';

/** Whether a method trains at some depths and rates without warm-up. */
export const measureLearning = async (
  name: string,
  language: Language,
  { layers, rates, networks, updates }: Size['learning'] & Networks,
  log: (line: string) => void,
): Promise<Pick<LearningPoint, 'runs'>> => {
  const runs: LearningPoint['runs'] = [];
  for (const depth of layers) {
    for (const rate of rates) {
      for (let seed = 1; seed <= networks; seed++) {
        const model = modelOf(name, language, depth, seed);
        const { source, target } = batchTensors(batchesOf(language, seed).batchAt(0, 0));
        try {
          await profiled(model, target, seed);
          const last = await train(model, language, { rate, updates, seed });
          const nll = last === undefined ? undefined : await heldOut(model, language);
          runs.push({ layers: depth, rate, seed, nll: short(nll), unigram: short(language.unigram)! });
        } finally {
          model.dispose();
          tf.dispose([source, target]);
        }
      }
      log(`${name}: ${depth} layers at ${rate}: ${runs.at(-1)!.nll}`);
    }
  }
  return { runs };
};
