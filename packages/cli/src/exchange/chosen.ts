import { SteadyformerError } from '@steadyformer/core';
import { type Checkpoint, type Translator, translatorFrom } from '@steadyformer/translate';
import { CheckpointSeries, loadCheckpoint } from '@steadyformer/translate/node';
import { folderKind } from '../checkpoints/found';

/** A translator and the folder of the checkpoint that it is of. */
export interface Chosen {
  readonly folder: string;
  readonly translator: Translator;
}

/** The checkpoint of a folder; of a run the model it ended with, else its best, else its newest. */
const checkpointIn = async (
  folder: string,
): Promise<{ readonly folder: string; readonly checkpoint: Checkpoint }> => {
  const found = await folderKind(folder);
  if (found.kind === 'checkpoint') return { folder, checkpoint: await loadCheckpoint(folder) };
  if (found.model !== undefined) {
    return { folder: found.model, checkpoint: await loadCheckpoint(found.model) };
  }
  const series = await CheckpointSeries.open(found.checkpoints);
  const chosen = (await series.best()) ?? (await series.latest());
  if (chosen) return { folder: chosen.folder, checkpoint: chosen.checkpoint };
  throw new SteadyformerError(`${folder}: the run has saved no checkpoint yet`);
};

/** The translation model of a checkpoint's folder or a run's. @throws SteadyformerError on another kind of model */
export const chosenTranslator = async (given: string): Promise<Chosen> => {
  const { folder, checkpoint } = await checkpointIn(given);
  const kind: string = checkpoint.config.kind ?? 'transformer';
  if (kind !== 'transformer') {
    throw new SteadyformerError(
      `${folder}: a model of kind '${kind}', and the formats hold translation models, an encoder and a decoder, alone`,
    );
  }
  return { folder, translator: translatorFrom(checkpoint) };
};
