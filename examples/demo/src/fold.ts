import { join } from 'node:path';
import { outputDifference, reparameterize } from '@steadyformer/admin-init';
import { stateDict } from '@steadyformer/core';
import { batchTensors, encodeCorpus, makeBatch } from '@steadyformer/translate';
import { loadTranslator, saveCheckpoint } from '@steadyformer/translate/node';
import * as tf from '@tensorflow/tfjs';

/** What the plain model is compared on. */
const SENTENCES = [
  'Inserts a new column after the active cell.',
  'Opens a dialog where you can choose a file.',
  'red heart',
];

/**
 * Folds omega of a run's model away, and saves the plain Post-LN model.
 *
 * @returns how far its logits lie from the trained one's, and how large those are
 */
export const foldModel = async (
  output: string,
): Promise<{ readonly folder: string; readonly largest: number; readonly scale: number }> => {
  const { model, vocabulary } = await loadTranslator(join(output, 'model'));
  const plain = await reparameterize(model, { maxLength: 256 });
  const pairs = SENTENCES.map((text) => ({ source: text, target: text }));
  const batch = batchTensors(makeBatch(encodeCorpus(pairs, vocabulary), [0, 1, 2]));
  const { largest, scale } = await outputDifference(model, plain, batch);
  tf.dispose([batch.source, batch.target]);
  const folder = join(output, 'plain');
  await saveCheckpoint(folder, { config: plain.config, parameters: await stateDict(plain), vocabulary });
  for (const each of [plain, model]) each.dispose();
  return { folder, largest, scale };
};
