import { check, checkFlag, checkOptions } from '../../checks/errors';
import { identity } from '../../streams/identity';
import { trainedMix } from '../../streams/trainedMix';
import { wiring } from '../../streams/wiring';
import type { Place } from '../place';
import { ONE, type ResidualMethod } from '../residual';
import { type MethodNorm, normOption } from './normOption';

/** A number of the first block, and one of the last; those between lie on a line. */
export type FirstAndLast = readonly [first: number, last: number];

/** Options of `embeddingSkips`. */
export interface EmbeddingSkipsOptions {
  /** lambda, on the stream. Default [1.15, 1.05]. */
  readonly shortcut?: FirstAndLast;
  /** mu, on the stack's input. Default [0.2, 0.05]. */
  readonly skip?: FirstAndLast;
  /** Whether both are trained from there. Default true. */
  readonly trained?: boolean;
  /** All norms of the stack. Default 'rms'. */
  readonly norm?: MethodNorm;
}

const checkPair = (what: string, pair: FirstAndLast): void =>
  check(
    Array.isArray(pair) && pair.length === 2 && pair.every(Number.isFinite),
    what,
    pair,
    'two numbers, of the first block and the last',
  );

const between = ([first, last]: FirstAndLast, { block, depth }: Place): number =>
  first + ((last - first) * block) / Math.max(depth - 1, 1);

/**
 * Pre-LN whose blocks take the stack's input in again: x <- lambda x + mu x_0 in front of every block, two scalars of its
 * own, then x' = x + f(N(x)) (nanochat, after modded-nanogpt). nanochat starts its output projections as zero and norms its
 * embeddings, which are not part of this.
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 * @see {@link https://github.com/karpathy/nanochat | Karpathy 2025, nanochat}
 */
export const embeddingSkips = (options: EmbeddingSkipsOptions = {}): ResidualMethod => {
  const where = 'embeddingSkips()';
  checkOptions(options, ['shortcut', 'skip', 'trained', 'norm'], where);
  const { shortcut = [1.15, 1.05], skip = [0.2, 0.05], trained = true } = options;
  checkPair(`${where} shortcut`, shortcut);
  checkPair(`${where} skip`, skip);
  checkFlag(`${where} trained`, trained);
  const norm = normOption(options.norm, where);
  const streamsAt = (place: Place) => {
    const startsBlock = place.index % (place.branches / place.depth) === 0;
    if (!startsBlock) return wiring({ read: [1, 0], carry: identity(2), write: [1, 0] });
    const mix = [between(shortcut, place), between(skip, place)];
    return wiring({
      read: mix,
      carry: [mix, [0, 1]],
      write: [1, 0],
      ...(trained ? { weights: trainedMix(mix) } : {}),
    });
  };
  return {
    name: 'embeddingSkips',
    options: { shortcut, skip, trained, norm },
    plan: (place) => ({
      residual: { before: norm, shortcutScale: ONE, branchScale: ONE, streams: streamsAt(place) },
    }),
  };
};
