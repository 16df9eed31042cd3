import { check, isRecord, SteadyformerError, show } from '@steadyformer/core';
import type { Profile } from './profileFormat';

/**
 * The authors' plain-text profile (`profile.ratio.init`): a line "index omega" a residual branch, the encoder's
 * first, the index starting again at 1 for the decoder.
 *
 * @throws SteadyformerError on what is no profile
 */
export const formatProfile = (profile: Pick<Profile, 'stacks'>): string => {
  const given = isRecord(profile) && isRecord(profile.stacks);
  check(given, 'formatProfile()', profile, 'a profile, as profile() returns it');
  return Object.values(profile.stacks)
    .flatMap((branches) => branches.map(({ omega }, i) => `${i + 1} ${omega}\n`))
    .join('');
};

/** A decimal number as text, NaN where it is anything else, such as the hexadecimals that JavaScript knows. */
const decimal = (text: string): number =>
  /^\+?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/iu.test(text) ? Number(text) : Number.NaN;

/**
 * Reads the authors' format: the omegas of each stack in file order (encoder, decoder), which `initialize` takes.
 * Throws where a line is not "index value" or an index is out of order, with its number.
 */
export const parseProfile = (text: string): number[][] => {
  check(typeof text === 'string', 'parseProfile()', text, "the text of an authors' file");
  const stacks: number[][] = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const [index, omega = Number.NaN, ...rest] = line.trim().split(/\s+/).map(decimal);
    if (index === 1) stacks.push([]);
    const stack = stacks.at(-1);
    if (!stack || index !== stack.length + 1 || !Number.isFinite(omega) || omega <= 0 || rest.length > 0) {
      throw new SteadyformerError(
        `profile line ${i + 1}: received ${show(line.trim())}, expected '${(stack?.length ?? 0) + 1} <omega>'` +
          `${stack?.length ? " or '1 <omega>' for the next stack" : ''}, omega > 0`,
      );
    }
    stack.push(omega);
  }
  if (stacks.length === 0)
    throw new SteadyformerError('profile: no line received, expected "1 <omega>" first');
  return stacks;
};
