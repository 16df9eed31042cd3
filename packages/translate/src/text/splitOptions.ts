import { finite, SteadyformerError } from '@steadyformer/core';
import * as v from 'valibot';

/** How much is held out: a number of things, or a share below 1 of all there are (at least one). Default 0: none. */
export interface HeldOut {
  readonly valid?: number;
  readonly test?: number;
}

const amount = (): v.GenericSchema<number> =>
  finite('whole numbers >= 0, or shares between 0 and 1', (value) =>
    value < 1 ? value >= 0 : Number.isSafeInteger(value),
  );

export const heldOutFields = (): Record<keyof HeldOut, v.OptionalSchema<v.GenericSchema<number>, 0>> => ({
  valid: v.optional(amount(), 0),
  test: v.optional(amount(), 0),
});

/** Shares as numbers. @throws SteadyformerError where nothing would be left to train on. */
export const heldOutCounts = (
  { valid, test }: Required<HeldOut>,
  total: number,
  where: string,
  things: string,
): Required<HeldOut> => {
  const countOf = (asked: number): number =>
    asked > 0 && asked < 1 ? Math.max(1, Math.round(asked * total)) : asked;
  const counts = { valid: countOf(valid), test: countOf(test) };
  if (counts.valid + counts.test < total) return counts;
  throw new SteadyformerError(
    `${where}: valid (${counts.valid}) and test (${counts.test}) leave nothing to train on: there are ${total} ${things}. ` +
      'Hold out less, or bring more.',
  );
};
