import { SteadyformerError } from '@steadyformer/core';
import * as v from 'valibot';

const LONGEST = 60;
/** The beginning of a text that may be long, for a message. */
export const shorten = (text: string): string =>
  text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text;

/**
 * What was read from outside, as a schema has it.
 *
 * @param what names the value in the error
 * @param next what the reader can do
 * @throws SteadyformerError that names the first field that is not as it should be, what stands there and what may
 */
export const parseAs = <Schema extends v.GenericSchema>(
  schema: Schema,
  value: unknown,
  what: string,
  next: string,
): v.InferOutput<Schema> => {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue);
  const allowed = issue.expected ?? issue.message;
  throw new SteadyformerError(
    `${what}${path ? `, ${shorten(path)}` : ''}: received ${shorten(issue.received)}, allowed ${shorten(allowed)}. ${next}`,
  );
};
