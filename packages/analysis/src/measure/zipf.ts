import {
  check,
  checkInteger,
  checkNumber,
  checkOptions,
  invalidArgument,
  randomStream,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';

/** Options of `zipfTokens`. */
export interface ZipfOptions {
  readonly sentences: number;
  /** Tokens of every sentence. */
  readonly length: number;
  /** Ids lie below it. */
  readonly vocabulary: number;
  /** The lowest id drawn: those below are special (pad, start, end). Default 4. */
  readonly firstId?: number;
  /** The k-th id is drawn with probability ~ k^-exponent. Default 1, near that of natural text. */
  readonly exponent?: number;
  /** Default 1. */
  readonly seed?: number;
}

/** Of the ids drawn from: each has its probability in memory. */
const MOST = 100_000_000;

/**
 * Synthetic sentences: ids [sentences, length] int32, independent draws from Zipf's law. The caller disposes.
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 */
export const zipfTokens = (options: ZipfOptions): tf.Tensor2D => {
  checkOptions(options, ['sentences', 'length', 'vocabulary', 'firstId', 'exponent', 'seed'], 'zipfTokens()');
  const { firstId = 4, exponent = 1, seed = 1 } = options;
  checkInteger('zipfTokens() firstId', firstId, 0);
  checkNumber('zipfTokens() exponent', exponent);
  const sentences = checkInteger('zipfTokens() sentences', options.sentences);
  const length = checkInteger('zipfTokens() length', options.length);
  const words = checkInteger('zipfTokens() vocabulary', options.vocabulary) - firstId;
  if (words < 1) {
    throw invalidArgument({
      what: 'zipfTokens() vocabulary',
      received: options.vocabulary,
      allowed: `whole numbers above firstId ${firstId}`,
    });
  }
  check(words <= MOST, 'zipfTokens() vocabulary', options.vocabulary, `up to ${MOST} ids`);
  let total = 0;
  const cumulative = Float64Array.from({ length: words }, (_, k) => {
    total += (k + 1) ** -exponent;
    return total;
  });
  const draws = randomStream(seed)
    .fork('zipf')
    .uniform(sentences * length);
  const ids = Int32Array.from(draws, (u) => firstId + firstAbove(cumulative, u * total));
  return tf.tensor2d(ids, [sentences, length], 'int32');
};

/** The first index whose value exceeds x, by halving. */
const firstAbove = (sorted: Float64Array, x: number): number => {
  let [low, high] = [0, sorted.length - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! > x) high = middle;
    else low = middle + 1;
  }
  return low;
};
