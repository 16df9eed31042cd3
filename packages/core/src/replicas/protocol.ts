import type { SegmentStep } from '../optim/adamStep';
import type { RandomKey } from '../random/random';
import type { SharedMemory, SharedSizes } from './sharedMemory';

/** What a replica starts with. */
export interface ReplicaStart<Shared extends SharedSizes = SharedMemory> {
  /** What all replicas share: memory, in threads, or the sizes of a file, in processes. */
  readonly memory: Shared;
  readonly rank: number;
  /** Which of the model's parameters are trained, by number, in the order of the flat arrays; and which are frozen. */
  readonly trained: readonly number[];
  readonly frozen: readonly number[];
  readonly data: unknown;
}

/** The same of a replica in a process of its own. */
export type ProcessStart = ReplicaStart<SharedSizes>;

/** One piece of an update's work and the key of its dropout bits. */
export interface Work<Part> {
  readonly part: Part;
  readonly random: RandomKey;
}

/** What a replica is asked, one request at a time. */
export type Request<Part> =
  /** Sum the gradients of these parts into the replica's own memory. `frozen` numbers the values of weights that rest. */
  | { readonly kind: 'gradient'; readonly work: readonly Work<Part>[]; readonly frozen?: number }
  /** Add up the own stretch over all replicas. */
  | { readonly kind: 'reduce' }
  /** Update the own part of the weights: of threads alone. */
  | { readonly kind: 'step'; readonly steps: readonly SegmentStep[] };

/** Sums by name: of losses, tokens, or whatever a loss function reports; for 'reduce', `squares`. */
export type Sums = Readonly<Record<string, number>>;

export type Reply = { readonly sums: Sums } | { readonly error: string };
