import { radam, stateDict } from '@steadyformer/core';
import { inspectCheckpoint, saveCheckpoint } from '@steadyformer/translate/node';
import type { Prepared } from './prepare';
import type { RunTrainer } from './train';

/** Where a run is saved, beside what an earlier one may have left there. */
export interface SavedRun {
  /** Saves; but where an earlier run got further, only a run that is `done`. */
  save(prepared: Prepared, trainer: RunTrainer, done: boolean): Promise<void>;
  /** Whose checkpoint is there: this run's, an earlier one's with so many updates, or none's. */
  state(): 'own' | 'none' | { readonly earlier: number | undefined };
}

/** Throws at once, with nothing changed, where the folder holds something else than a checkpoint. */
export const savedRun = async (folder: string): Promise<SavedRun> => {
  const found = await inspectCheckpoint(folder);
  let own = false;
  return {
    save: async ({ model, vocabulary, profile }, trainer, done) => {
      if (!done && trainer.updates <= (own ? 0 : (found?.updates ?? 0))) return;
      const { name, options } = radam();
      await saveCheckpoint(folder, {
        config: model.config,
        parameters: await stateDict(model),
        vocabulary,
        training: { ...(await trainer.state()), rule: { name, options } },
        ...(profile ? { profile } : {}),
      });
      own = true;
    },
    state: () => (own ? 'own' : found ? { earlier: found.updates } : 'none'),
  };
};
