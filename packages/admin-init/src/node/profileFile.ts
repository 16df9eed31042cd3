import { readFile, rename, writeFile } from 'node:fs/promises';
import { SteadyformerError } from '@steadyformer/core';
import { checkProfile, type Profile } from '../profileFormat';

/** Writes a profile as JSON; the name appears only once the file is whole. */
export const writeProfile = async (path: string, profile: Profile): Promise<void> => {
  const partial = `${path}.partial`;
  await writeFile(partial, `${JSON.stringify(profile, null, 2)}\n`);
  await rename(partial, path);
};

/**
 * Reads a profile that `writeProfile` wrote. Throws where the file is missing, is something else, or has a malformed
 * field, which the message names.
 */
export const readProfile = async (path: string): Promise<Profile> => {
  const problem = (why: string): SteadyformerError =>
    new SteadyformerError(`'${path}' is not a profile: ${why} Write one with writeProfile(path, profile).`);
  const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw problem(`${reason(error)}.`);
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw problem("it is not JSON (the authors' plain-text form is read by parseProfile).");
  }
  try {
    return checkProfile(value);
  } catch (error) {
    throw problem(reason(error));
  }
};
