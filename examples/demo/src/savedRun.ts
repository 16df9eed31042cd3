import { radam, stateDict } from '@steadyformer/core';
import { inspectCheckpoint, saveCheckpoint } from '@steadyformer/translate/node';
import type { Prepared } from './prepare';
import type { RunTrainer } from './train';

/** Where a run is saved, beside what an earlier one may have left there. */
export interface SavedRun {
  /** Saves; but where an earlier run got further, only a run that is `done`. */
  save(prepared: Prepared, trainer: RunTrainer, done: boolean): Promise<void>;
  /** Updates of the earlier run, where its checkpoint is still the one that counts. */
  earlier(): number | undefined;
}

/** Throws at once, with nothing changed, where the folder holds something else than a checkpoint. */
export const savedRun = async (folder: string): Promise<SavedRun> => {
  let before = (await inspectCheckpoint(folder))?.updates;
  return {
    save: async ({ model, vocabulary, profile }, trainer, done) => {
      if (!done && trainer.updates <= (before ?? 0)) return;
      const { name, options } = radam();
      await saveCheckpoint(folder, {
        config: model.config,
        parameters: await stateDict(model),
        vocabulary,
        training: { ...(await trainer.state()), rule: { name, options } },
        ...(profile ? { profile } : {}),
      });
      before = undefined;
    },
    earlier: () => before,
  };
};
