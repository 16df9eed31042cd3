import { fields, isRecord, parseAs } from '@steadyformer/core';
import { isMethod, needed, type SchemasOf } from '../checks/schemas';
import type { Bpe } from './bpe';
import { bpe } from './bpeSchema';

/** A vocabulary a side. */
export interface Vocabularies {
  readonly source: Bpe;
  readonly target: Bpe;
}

/** Whether it has sides, whatever they are; a joint vocabulary has none. */
export const hasSides = (value: unknown): value is Record<keyof Vocabularies, unknown> =>
  isRecord(value) && !isMethod(value, 'encode') && ('source' in value || 'target' in value);

/** The vocabularies of both sides: twice the same where it is joint. @throws SteadyformerError where it is neither. */
export const bothSides = (vocabulary: Bpe | Vocabularies, where: string): Vocabularies => {
  if (hasSides(vocabulary)) {
    return parseAs(
      fields({ source: needed(bpe()), target: needed(bpe()) } satisfies SchemasOf<Vocabularies>),
      vocabulary,
      where,
    );
  }
  const both = parseAs(bpe(', or { source, target } of two'), vocabulary, where);
  return { source: both, target: both };
};
