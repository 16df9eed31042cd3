import type { Stacked } from '@steadyformer/core';
import { type ProfileOptions, profile } from '../profile/profile';
import type { Profile } from '../profile/profileFormat';
import { initialize } from './initialize';

/** Profiles a model and initializes it: `profile` and `initialize` in one call. Returns the profile. */
export const adminInit = async <Batch>(
  model: Stacked<Batch>,
  batches: Iterable<Batch>,
  options: ProfileOptions = {},
): Promise<Profile> => {
  const made = await profile(model, batches, options);
  initialize(model, made);
  return made;
};
