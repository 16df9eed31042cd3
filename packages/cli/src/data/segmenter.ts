import { SteadyformerError } from '@steadyformer/core';
import { type Bpe, segmentLine } from '@steadyformer/translate';

export interface SegmentOptions {
  /** What a subword gets that does not end its word, as subword-nmt does it. */
  readonly separator?: string;
  /** Whether token ids are wanted in the place of subwords. */
  readonly ids?: boolean;
}

/**
 * What a line of text becomes: its subwords with a space between, after the vocabulary's normalisation.
 *
 * @throws SteadyformerError on options that do not go together, or not with the vocabulary
 */
export const segmenter = (
  bpe: Bpe,
  { separator, ids = false }: SegmentOptions,
): ((line: string) => string) => {
  if (ids && separator !== undefined) {
    throw new SteadyformerError('--separator and --ids: ids have no separator; leave one of them out');
  }
  if (ids) return (line) => bpe.encode(bpe.normalise(line)).join(' ');
  if (separator === undefined) return (line) => bpe.segment(bpe.normalise(line)).join(' ');
  if (bpe.model.endOfWord === '') {
    throw new SteadyformerError(
      '--separator: the vocabulary marks no word ends, so a separator has no place; learn one with --words',
    );
  }
  return (line) => segmentLine(bpe, bpe.normalise(line), separator);
};
