import { type Between, evenStretch, sumOfSquares } from '@steadyformer/core';
import type { Ranks } from './ranks';

/** A number of each rank that goes with the sums of every update: all are told the sum. */
export interface Rider {
  readonly own: () => number;
  readonly told: (sum: number) => void;
}

/** How many of P scalars each rank updates. */
const lengthsOf = (size: number, ranks: number): number[] =>
  Array.from({ length: ranks }, (_, rank) => {
    const { from, to } = evenStretch(size, ranks, rank);
    return to - from;
  });

/**
 * How the learners of all ranks join: `between` of a `LocalLearner` and of core's `Replicas`. Each rank has the moments of its
 * stretch of the weights, and updates it; of gradients it receives the sum of that stretch, of weights all others'.
 */
export const betweenRanks = (ranks: Ranks, rider?: Rider): Between => {
  const stretch: Between['stretch'] = (size) => evenStretch(size, ranks.size, ranks.rank);
  let end: (() => Promise<unknown>) | undefined;
  const begin: Between['begin'] = async (gradient) => {
    const begun = await ranks.beginReduceScatter!(gradient, lengthsOf(gradient.length, ranks.size));
    const ended = (): Promise<unknown> => {
      end = undefined;
      return begun.end();
    };
    end = ended;
    return {
      ready: ({ from, to }) => begun.ready(from, to),
      goOn: () => begun.ready(0, 0),
      abandon: ended,
    };
  };
  return {
    stretch,
    ...(ranks.beginReduceScatter && ranks.size > 1 ? { begin } : {}),
    reduce: async (gradient, own) => {
      await (end ? end() : ranks.reduceScatter(gradient, lengthsOf(gradient.length, ranks.size)));
      const { from, to } = stretch(gradient.length);
      // A rank without a part of its own has no sums to name.
      const { loss = 0, nll = 0, tokens = 0 } = own;
      const values = Float64Array.of(
        ...[loss, nll, tokens, sumOfSquares(gradient.subarray(from, to))],
        rider?.own() ?? 0,
      );
      await ranks.allReduce(values);
      rider?.told(values[4]!);
      return { sums: { loss: values[0]!, nll: values[1]!, tokens: values[2]! }, squares: values[3]! };
    },
    gather: (flat) => ranks.allGather(flat, lengthsOf(flat.length, ranks.size)),
  };
};
