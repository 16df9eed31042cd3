import type { Profile } from '@steadyformer/admin-init';
import { callback, fields, parseAs, SteadyformerError, selectBackend } from '@steadyformer/core';
import * as v from 'valibot';
import { checkOwnParts, type OwnParts } from '../../checks/ownParts';
import type { SchemasOf } from '../../checks/schemas';
import { type GivenConfig, type RunConfig, runConfig } from '../runConfig';
import { prepareTask } from './prepareTask';
import { profileTask } from './profileTask';
import { Teller } from './teller';

/** Options of `profileRun`. */
export interface ProfileRunOptions {
  /** Told of a stage of the work and how much of it is done. An exception of it ends the call. */
  readonly onProgress?: (stage: string, done: number, total?: number) => void;
  /** Residual methods and branches of your own that the config names. */
  readonly own?: OwnParts;
}

const optionFields = () =>
  fields({
    onProgress: v.optional(callback<NonNullable<ProfileRunOptions['onProgress']>>()),
    own: v.optional(v.custom<OwnParts>(() => true)),
  } satisfies SchemasOf<ProfileRunOptions>);

/**
 * The profile that a run of this config would begin with: of its model at the seed's weights, on the first batches of its
 * text. Nothing is written. The tfjs backend is set.
 *
 * @throws SteadyformerError on a config or data that is not as it should be, and where no omega of the model is set from
 *   data
 */
export const profileRun = async (
  config: GivenConfig | RunConfig,
  options: ProfileRunOptions = {},
): Promise<Profile> => {
  const { onProgress = () => {}, own = {} } = parseAs(optionFields(), options, 'profileRun()');
  checkOwnParts('profileRun() own', own);
  const checked = runConfig(config, 'profileRun() config');
  await selectBackend(checked.backend);
  const { emit } = new Teller((event) => {
    if (event.event === 'progress') onProgress(event.stage, event.done, event.total);
  });
  const { signal } = new AbortController();
  const task = await prepareTask({ config: checked, options: { own } }, emit, signal);
  try {
    const made = await profileTask(task, checked);
    if (made) return made;
    throw new SteadyformerError(
      "profileRun(): no omega of the model is set from data. Name a method that does so, such as model.method 'admin'.",
    );
  } finally {
    task.model.dispose();
  }
};
