import {
  check,
  fields,
  finite,
  type Module,
  parseAs,
  type RandomStream,
  randomStream,
  type Stacked,
} from '@steadyformer/core';
import * as v from 'valibot';
import { moduleOf, randomSource } from '../../checks/objects';
import type { SchemasOf } from '../../checks/schemas';
import { type LossFunction, lossFunction } from '../loss';
import { adviceOn } from './advice';
import {
  brokenParameters,
  type Finding,
  inBackward,
  inForward,
  inLoss,
  inParameters,
  largestGrowth,
  type Origin,
} from './findings';
import { type Replay, replayStep, sitesOf } from './replayStep';

/** Options of `findOrigin`. */
export interface FindOriginOptions {
  /** Dropout's stream of the update, of which batch i takes `fork(i)`. Default: any. */
  readonly random?: RandomStream;
  /** The learning rate of the update, for the advice. */
  readonly learningRate?: number;
}

const optionFields = () =>
  fields({
    random: v.optional(randomSource()),
    learningRate: v.optional(finite()),
  } satisfies SchemasOf<FindOriginOptions>);

/**
 * Replays the forward and backward pass of one step, changes nothing, and names where it goes wrong:
 *
 * 1. the first sub-layer, in the order of the forward pass, whose output is not finite, or beyond 1e12, though what it
 *    received was neither; where the stream that enters a stack is, or a parameter beside the sub-layers which theirs
 *    do not explain, that parameter: a table of tokens, a norm at the end of a stack;
 * 2. else the loss, where only that is not finite;
 * 3. else, from the loss backwards, the first sub-layer in which the gradient turns so;
 * 4. else a parameter that is already so;
 * 5. else, all being finite, the sub-layer that makes the stream (its sum, before a norm) or the gradient grow most.
 *
 * Dropout is on, as in the step. Pass the batches and the stream of `trainer.next()`.
 *
 * @throws SteadyformerError on a model without sub-layers, no batch, and a loss that does not pass its context on
 */
export const findOrigin = async <Model extends Module & Pick<Stacked<unknown>, 'stacks'>, Batch>(
  model: Model,
  lossOf: LossFunction<Model, Batch>,
  batches: readonly Batch[],
  options: FindOriginOptions = {},
): Promise<Origin> => {
  const { random = randomStream(1), learningRate } = parseAs(optionFields(), options, 'findOrigin()');
  parseAs(moduleOf(), model, 'findOrigin() model');
  parseAs(lossFunction(), lossOf, 'findOrigin() loss');
  const some = Array.isArray(batches) && batches.length > 0;
  check(some, 'findOrigin() batches', batches, 'a list of at least one batch');
  const sites = sitesOf(model);
  const broken = await brokenParameters(model);
  const replays: Replay[] = [];
  for (const [batch, each] of batches.entries()) {
    const replayed = await replayStep(model, lossOf, each, batch, random.fork(batch), sites);
    const found = inForward(replayed, broken, sites) ?? inLoss(replayed) ?? inBackward(replayed);
    if (found) return worded(found, learningRate);
    replays.push(replayed);
  }
  return worded(inParameters(broken, sites) ?? largestGrowth(replays), learningRate);
};

const worded = (found: Finding, learningRate: number | undefined): Origin => {
  const { subLayer: _, ...origin } = found;
  return { ...origin, message: adviceOn(found, learningRate) };
};
