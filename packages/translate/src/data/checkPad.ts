import { invalidArgument } from '@steadyformer/core';
import type { TokenBatch } from './batch';

/** @throws SteadyformerError where a batch was not padded with `pad`: its pads would count as words. */
export const checkPad = ({ targetOutput, targetTokens }: TokenBatch, pad: number): void => {
  const real = targetOutput.reduce((count, id) => (id === pad ? count : count + 1), 0);
  if (real === targetTokens) return;
  throw invalidArgument({
    what: `target tokens of a batch, other than the pad ${pad}`,
    received: real,
    allowed: `the ${targetTokens} that the batch says it has`,
    next: 'Build model, batches and loss with one pad, vocabulary.pad.',
  });
};
