import { mean, type Stacked } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import type { NetworkChanges } from '../fit/exponent';
import type { GrowthClass } from '../theory/growthClass';
import { describeModel } from '../theory/model';
import { type Build, type CheckedChange, type DepthSubject, measureDepths } from './measureDepths';
import { samePrefix } from './prefix';
import type { Remedy } from './remedy';

/** One network of a seed at all depths, or one network a depth: the unit that verdicts resample. */
export interface MeasuredNetwork extends NetworkChanges {
  readonly seed: number;
  /** N of each depth. */
  readonly depths: readonly number[];
  /** Mean squared L2 norm of the change over the batch, at each depth. */
  readonly norms: readonly number[];
  /** Predicted D_N at each depth. */
  readonly predicted: readonly number[];
  /** Sum of beta_ii^2 at each depth. */
  readonly diagonalSums: readonly number[];
  /** s_0 over the mean branch variance of the deepest. */
  readonly offset?: number;
  /** Whether theory knows C. */
  readonly constantKnown: boolean;
  /** Growth over the prefixes of the deepest, where theory derives one. */
  readonly growth?: GrowthClass;
  readonly remedy: Remedy;
  readonly stackPath: string;
}

export type Networks = 'prefixes' | 'separate';

export interface MeasureNetworks<Batch> {
  readonly build: Build<Batch>;
  /** Blocks. */
  readonly blocks: readonly number[];
  readonly change: CheckedChange<Batch>;
  readonly networks: Networks;
  readonly stack: string | undefined;
  /** Called after each network built. */
  readonly onNetwork: () => void;
}

/** Measures the network, or networks, of one seed. */
export const measureNetwork = async <Batch>(
  { build, blocks, change, networks, stack, onNetwork }: MeasureNetworks<Batch>,
  seed: number,
): Promise<MeasuredNetwork> => {
  const measure = async (deepest: number, at: readonly number[]) => {
    const measured = await using(await build(deepest, seed), (subject) =>
      measureDepths(subject, change, seed, stack, at),
    );
    onNetwork();
    return measured;
  };
  const runs = [];
  if (networks === 'prefixes') runs.push(await measure(blocks.at(-1)!, blocks));
  else for (const depth of blocks) runs.push(await measure(depth, [depth]));
  const points = runs.flatMap((run) => run.points);
  const { offset, growth, remedy, stackPath } = runs.at(-1)!;
  return {
    seed,
    depths: points.map(({ depth }) => depth),
    changes: points.map(({ change: value }) => value),
    norms: points.map(({ norm }) => norm),
    predicted: points.map(({ predicted }) => predicted.change),
    diagonalSums: points.map(({ predicted }) => predicted.diagonalSum),
    inputChange: mean(runs.map((run) => run.inputChange)),
    ...(offset === undefined ? {} : { offset }),
    constantKnown: runs.every((run) => run.constantKnown),
    ...(growth ? { growth } : {}),
    remedy,
    stackPath,
  };
};

/** 'prefixes' where the records of two depths agree, so that the deepest network holds the shallower ones. */
export const networksOf = async <Batch>(
  build: Build<Batch>,
  blocks: readonly number[],
  seed: number,
): Promise<Networks> => {
  const describe = async (depth: number) =>
    using(await build(depth, seed), ({ model }) => describeModel(model));
  return samePrefix(await describe(blocks[0]!), await describe(blocks[0]! + 1)) ? 'prefixes' : 'separate';
};

const using = async <Batch, T>(
  subject: DepthSubject<Batch>,
  f: (subject: { readonly model: Stacked<Batch>; readonly batch: Batch }) => Promise<T>,
): Promise<T> => {
  try {
    return await f(subject);
  } finally {
    subject.model.dispose();
    tf.dispose(subject.batch as tf.TensorContainer);
  }
};
