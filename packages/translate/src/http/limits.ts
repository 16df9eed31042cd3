import { finite, parseAs, SteadyformerError } from '@steadyformer/core';

/** Seconds. */
const USUAL = 600;
const VARIABLE = 'STEADYFORMER_HTTP_TIMEOUT';

/**
 * How long a rank waits for the others, in seconds: what is given, or the environment says, or 600.
 *
 * @throws SteadyformerError on what is no number above 0
 */
export const timeLimit = (given?: number): number => {
  const said = process.env[VARIABLE];
  const schema = finite('numbers > 0, in seconds', (seconds) => seconds > 0);
  if (given !== undefined) return parseAs(schema, given, 'timeout');
  return said === undefined || said === '' ? USUAL : parseAs(schema, Number(said), VARIABLE);
};

/** What a wait that has ended without an answer says. */
export const tooLong = (what: string, seconds: number): SteadyformerError =>
  new SteadyformerError(`${what} within ${seconds} seconds. A longer wait: ${VARIABLE}, in seconds.`);

/** A promise with a time limit. @throws what `late` gives, past it */
export const within = async <T>(work: Promise<T>, seconds: number, late: () => Error): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  // A timer of more than 2^31 ms would fire at once.
  const ms = Math.min(1000 * seconds, 2 ** 31 - 1);
  try {
    return await Promise.race([
      work,
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(late()), ms);
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
};

/** A broken connection is soon explained: whoever is gone or gave up is told of by another way. */
export const explained = async (error: Error, told: Promise<never>, who: string): Promise<Error> => {
  if (error.name === 'SteadyformerError') return error;
  const plain = new SteadyformerError(`the connection to ${who} broke (${error.message}).`);
  return within<Error>(told, 1, () => plain).catch((reason: Error) => reason);
};
