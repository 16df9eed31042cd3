import type { Optimizer } from '../../optim/optimizer';
import type { OptimizerOptions } from '../../optim/optimizerOptions';
import type { UpdateRule } from '../../optim/rule';
import type { NamedParameter } from '../../state/module';
import type { Request, Sums } from '../protocol';
import type { Carrier, Listener } from './replicaWorker';

/** What is shared out among replicas, and how it is trained. */
export interface Team {
  readonly entry: URL;
  readonly data: unknown;
  readonly parameters: readonly NamedParameter[];
  readonly rule: UpdateRule;
  readonly options: Pick<OptimizerOptions, 'groups' | 'projections' | 'shard'>;
  readonly count: number;
}

/** How replicas come to the weights and to each other's gradients: what threads and processes differ in. */
export interface Sharing {
  readonly optimizer: Optimizer;
  /** Starts replica `rank`. */
  start(rank: number): (listener: Listener) => Carrier;
  /** Brings the weights to where replicas read them, before a gradient. What that request says besides its work. */
  publish(): Promise<Pick<Extract<Request<never>, { kind: 'gradient' }>, 'frozen'>>;
  /** The summed gradient, [P] in the order of the flat arrays: the one that replicas read, or a copy. */
  readSum(): Float32Array;
  /** Takes what of it is updated here in the place of what there was. */
  writeSum(gradient: Float32Array): void;
  /** Checks an update with the summed gradient, and gives what makes it: a failure of that leaves it half done. */
  plan(learningRate: number, gradientScale: number): (ask: Ask) => Promise<void>;
  close(): void;
}

/** Asks all replicas the same. */
export type Ask = (request: Request<never>) => Promise<Sums>;

/** Where each of a list lies among all parameters. */
export const placesAmong = (
  parameters: readonly NamedParameter[],
): ((list: readonly NamedParameter[]) => number[]) => {
  const places = new Map(parameters.map((named, i) => [named, i]));
  return (list) => list.map((named) => places.get(named)!);
};
