import { callback, oneOf } from '@steadyformer/core';
import * as v from 'valibot';
import { checkNoEffect } from '../checks/combinations';
import type { SchemasOf } from '../checks/schemas';

/** Why something read is left out; `noLanguage`: a unit of a TMX file lacks one of the two languages. */
export type SkipReason = 'blankSource' | 'blankTarget' | 'noLanguage' | 'blankLine';

/** Something that was left out, and where it stands. */
export interface Skipped {
  readonly reason: SkipReason;
  /** The name of the text, such as a path. */
  readonly name: string;
  /** Counted from 1; of a TMX file, the line its unit starts in. */
  readonly line: number;
}

/** What becomes of pairs of which a side has no text. */
export interface BlankOptions {
  /** What to do with a pair of which a side is empty or only white space. Default 'error'. */
  readonly blank?: 'error' | 'skip';
  /** Told of every pair that `blank: 'skip'` leaves out, as it is met. An exception of it ends the reading. */
  readonly onSkip?: (skipped: Skipped) => void;
}

export const blankFields = (): SchemasOf<BlankOptions> => ({
  blank: v.optional(oneOf(['error', 'skip'])),
  onSkip: v.optional(callback<NonNullable<BlankOptions['onSkip']>>()),
});

/** @throws SteadyformerError where nothing can be skipped, and so nothing would be told. */
export const checkSkips = (input: BlankOptions, where: string): void => {
  if (input.blank === undefined) checkNoEffect(where, input, ['onSkip'], "without blank: 'skip'");
};
