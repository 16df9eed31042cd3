import { readFile } from 'node:fs/promises';
import { SteadyformerError } from '@steadyformer/core';
import { writeFileAtomic } from '@steadyformer/core/node';
import { checkProfile, type Profile } from '../profileFormat';

/** Writes a profile as JSON; the name appears only once the file is whole. */
export const writeProfile = (path: string, profile: Profile): Promise<void> =>
  writeFileAtomic(path, `${JSON.stringify(profile, null, 2)}\n`);

/**
 * Reads a profile that `writeProfile` wrote. Throws where the file is missing, is something else, or has a malformed
 * field, which the message names.
 */
export const readProfile = async (path: string): Promise<Profile> => {
  const problem = (why: string): SteadyformerError =>
    new SteadyformerError(`'${path}' is not a profile: ${why} Write one with writeProfile(path, profile).`);
  const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));
  const bytes = await readFile(path).catch((error: unknown) => {
    throw problem(`${reason(error)}.`);
  });
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw problem('its bytes are not UTF-8, so it is damaged or of another kind.');
  }
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
