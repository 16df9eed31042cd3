import { invalidArgument } from '@steadyformer/core';
import type { TokenBatch } from './batch';

export type Side = 'source' | 'target';

const NEXT = 'Build model, batches and loss with one pad, vocabulary.pad.';

/**
 * @param pad what the reader takes for padding
 * @throws SteadyformerError where a batch was not padded with \`pad\`: its pads would count as words
 */
export const checkPad = (
  batch: TokenBatch,
  pad: number,
  sides: readonly Side[] = ['target', 'source'],
): void => {
  for (const side of sides) {
    const ids = side === 'source' ? batch.source : batch.targetOutput;
    const tokens = side === 'source' ? batch.sourceTokens : batch.targetTokens;
    const received = ids.reduce((count, id) => (id === pad ? count : count + 1), 0);
    if (tokens === undefined || received === tokens) continue;
    throw invalidArgument({
      what: `${side} tokens of a batch, other than the pad ${pad}`,
      received,
      allowed: `the ${tokens} that the batch says it has`,
      next: NEXT,
    });
  }
  const { pad: own = pad } = batch;
  // Numbers of tokens may agree by accident.
  const padded = batch.source.includes(own) || batch.targetOutput.includes(own);
  if (own !== pad && padded) {
    throw invalidArgument({
      what: 'pad of the batch',
      received: own,
      allowed: `${pad}, that of its reader`,
      next: NEXT,
    });
  }
};
