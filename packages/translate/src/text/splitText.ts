import { checkTexts, fields, parseAs, SteadyformerError } from '@steadyformer/core';
import type { SchemasOf } from '../checks/schemas';
import { LargeSet } from './largeSet';
import { maskedKey } from './maskedKey';
import { type HeldOut, heldOutCounts, heldOutFields } from './splitOptions';

/** The parts that `splitText` makes. */
export interface SplitText {
  readonly train: readonly string[];
  readonly valid: readonly string[];
  readonly test: readonly string[];
  /** Documents dropped from each: they stand in a part before it as well. */
  readonly dropped: { readonly valid: number; readonly test: number };
}

/**
 * Splits running text: its end is held out, first `valid`, then `test`, as what stands near a document tells of it.
 * Documents (or lines) that stand in a part before theirs too, be it with other numbers, case or white space, are dropped
 * from `valid` and `test`, so these may be smaller than asked for; `train` is whole.
 *
 * @throws SteadyformerError on an unknown option, what is no text, too few documents, or where all of a part is dropped
 */
export const splitText = (documents: readonly string[], options: HeldOut): SplitText => {
  const schema = fields(heldOutFields() satisfies SchemasOf<HeldOut>);
  const asked = parseAs(schema, options, 'splitText()');
  const texts = checkTexts('splitText() documents', documents);
  const { valid, test } = heldOutCounts(asked, texts.length, 'splitText()', 'documents');
  const [trainEnd, validEnd] = [texts.length - valid - test, texts.length - test];
  const seen = new LargeSet<number>();
  const keys = texts.map(maskedKey);
  const part = (name: string, from: number, end: number): string[] => {
    const kept = texts.slice(from, end).filter((_, i) => !seen.has(keys[from + i]!));
    if (end > from && kept.length === 0) {
      throw new SteadyformerError(
        `splitText(): all ${end - from} documents of ${name} stand before it too (numbers, case and white space aside). ` +
          'Hold out more, or remove repetitions.',
      );
    }
    return kept;
  };
  const see = (from: number, end: number): void => {
    for (let i = from; i < end; i++) seen.add(keys[i]!);
  };
  see(0, trainEnd);
  const validTexts = part('valid', trainEnd, validEnd);
  see(trainEnd, validEnd);
  const testTexts = part('test', validEnd, texts.length);
  return {
    train: texts.slice(0, trainEnd),
    valid: validTexts,
    test: testTexts,
    dropped: { valid: valid - validTexts.length, test: test - testTexts.length },
  };
};
