import { checkIterable, SteadyformerError } from '@steadyformer/core';
import type { TokenBatch } from '../data/batch';
import { checkBatch } from '../data/checkBatch';
import { SPECIAL_IDS } from '../subwords/special';

/**
 * Entropy of the target tokens of batches in nats, pads left out: the loss of the best model that knows how often each
 * token comes and nothing else, for `lossGuard`. An epoch's batches give the training data's; few give less than that.
 *
 * @throws SteadyformerError where there is no token
 */
export const tokenEntropy = (batches: Iterable<TokenBatch>): number => {
  checkIterable('tokenEntropy() batches', batches, 'a list of batches, or a generator');
  const counts = new Map<number, number>();
  let total = 0;
  for (const batch of batches) {
    checkBatch(batch);
    const { targetOutput, pad = SPECIAL_IDS.pad } = batch;
    for (const id of targetOutput) {
      if (id === pad) continue;
      counts.set(id, (counts.get(id) ?? 0) + 1);
      total++;
    }
  }
  if (total === 0) throw new SteadyformerError('tokenEntropy(): no token. Pass at least one batch.');
  // log T - (1/T) sum of n log n
  let sum = 0;
  for (const count of counts.values()) sum += count * Math.log(count);
  return Math.max(0, Math.log(total) - sum / total);
};
