import { check } from '@steadyformer/core';
import type { StepDecoder } from './stepDecoder';

/** Log of the mean of the models' probabilities, of log-probabilities of equal length. */
const logMean = (each: readonly Float32Array[]): Float32Array =>
  each[0]!.map((first, i) => {
    const top = each.reduce((most, of) => Math.max(most, of[i]!), first);
    if (top === Number.NEGATIVE_INFINITY) return top;
    return top + Math.log(each.reduce((sum, of) => sum + Math.exp(of[i]! - top), 0) / each.length);
  });

/** Several models that say the next token together: its probability is the mean of theirs. */
class EnsembleDecoder implements StepDecoder {
  readonly vocabulary: number;

  constructor(private readonly decoders: readonly StepDecoder[]) {
    this.vocabulary = decoders[0]!.vocabulary;
  }

  get rows(): number {
    return this.decoders[0]!.rows;
  }

  async step(ids: Int32Array): Promise<Float32Array> {
    const each: Float32Array[] = [];
    for (const decoder of this.decoders) each.push(await decoder.step(ids));
    return logMean(each);
  }

  select(indices: readonly number[]): void {
    for (const decoder of this.decoders) decoder.select(indices);
  }

  dispose(): void {
    for (const decoder of this.decoders) decoder.dispose();
  }
}

/**
 * The decoder of several models over one vocabulary, which takes part in any search: the probability of a token is the mean of
 * theirs. Of one it is that one. Owns them until disposed.
 *
 * @throws SteadyformerError where there is none, or where they differ in vocabulary or rows.
 */
export const ensembleOf = (decoders: readonly StepDecoder[]): StepDecoder => {
  check(Array.isArray(decoders) && decoders.length > 0, 'ensembleOf()', decoders, 'a list of decoders');
  const [first, ...others] = decoders as readonly [StepDecoder, ...StepDecoder[]];
  for (const { vocabulary, rows } of others) {
    check(vocabulary === first.vocabulary, 'vocabulary of a decoder', vocabulary, `${first.vocabulary}`);
    check(rows === first.rows, 'rows of a decoder', rows, `${first.rows}`);
  }
  return others.length === 0 ? first : new EnsembleDecoder(decoders);
};
