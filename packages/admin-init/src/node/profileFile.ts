import { readFile, rename, writeFile } from 'node:fs/promises';
import { SteadyformerError } from '@steadyformer/core';
import type { Profile } from '../profile';

/** Writes a profile as JSON; the name appears only once the file is whole. */
export const writeProfile = async (path: string, profile: Profile): Promise<void> => {
  const partial = `${path}.partial`;
  await writeFile(partial, `${JSON.stringify(profile, null, 2)}\n`);
  await rename(partial, path);
};

/** Reads a profile that `writeProfile` wrote. Throws where the file is missing or is something else. */
export const readProfile = async (path: string): Promise<Profile> => {
  const problem = (why: string): SteadyformerError =>
    new SteadyformerError(`'${path}' is not a profile: ${why}. Write one with writeProfile(path, profile).`);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw problem(error instanceof Error ? error.message : String(error));
  }
  let profile: Partial<Profile>;
  try {
    profile = JSON.parse(text) as Partial<Profile>;
  } catch {
    throw problem("it is not JSON (the authors' plain-text form is read by parseProfile)");
  }
  if (profile.format !== 'steadyformer-profile' || profile.version !== 1) {
    throw problem(
      `format '${profile.format}' version ${profile.version}, allowed 'steadyformer-profile' version 1`,
    );
  }
  return profile as Profile;
};
