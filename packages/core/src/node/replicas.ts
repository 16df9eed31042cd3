import { availableParallelism } from 'node:os';
import * as tf from '@tensorflow/tfjs';
import { checkInteger, checkOptions, SteadyformerError } from '../errors';
import type { NamedParameter } from '../module';
import { Optimizer, type OptimizerState } from '../optim/optimizer';
import type { UpdateRule } from '../optim/rule';
import type { RandomStream } from '../random';
import type { Request, Sums, Work } from '../replicas/protocol';
import { checkSharing } from '../replicas/replica';
import { type SharedMemory, shareMemory } from '../replicas/sharedMemory';
import { ReplicaThread } from './replicaThread';

export interface ReplicasOptions {
  /** The module that every replica's thread runs; it calls `serveReplica`. */
  readonly entry: URL;
  /** What `serveReplica` builds the model from; anything that can be sent to a thread. */
  readonly data?: unknown;
  /** This thread's copy of the model: its values are where the replicas begin, and it sees every update. */
  readonly parameters: readonly NamedParameter[];
  readonly rule: UpdateRule;
  /** Threads, each with a backend of one thread. Default: one a core. */
  readonly count?: number;
}

/** The sum of the gradients of an update's parts, which stays with the replicas. */
export interface ReducedGradient {
  /** Sums over all parts of what the loss function gave, by name; `loss` is among them. */
  readonly sums: Sums;
  /** L2 norm of the summed gradient. */
  readonly norm: number;
}

/**
 * Data-parallel training on one machine: worker threads with a copy of the model each, all over the same weights,
 * moments and gradients in shared memory. A replica sums the gradients of its parts, then all add them up and
 * update the weights, each its own stretch, in a fixed order: the same parts give the same bits again. This thread
 * only waits, and may use its model between two updates.
 */
export class Replicas<Part> {
  private readonly memory: SharedMemory;
  private readonly threads: readonly ReplicaThread<Part>[];
  private readonly optimizer: Optimizer;
  private disposed = false;

  private constructor(memory: SharedMemory, threads: readonly ReplicaThread<Part>[], optimizer: Optimizer) {
    this.memory = memory;
    this.threads = threads;
    this.optimizer = optimizer;
  }

  /**
   * Starts the threads and waits until each has built its model. Throws where the backend has no shared memory
   * (only onnxruntime does) and where a thread fails, with its reason; no thread is then left.
   */
  static async start<Part>(options: ReplicasOptions): Promise<Replicas<Part>> {
    checkOptions(options, ['entry', 'data', 'parameters', 'rule', 'count'], 'Replicas.start()');
    const { entry, data, parameters, rule } = options;
    const count = checkInteger('Replicas.start() count', options.count ?? availableParallelism());
    checkSharing();
    const size = parameters.reduce((sum, { parameter }) => sum + parameter.size, 0);
    const memory = shareMemory(size, count);
    const optimizer = new Optimizer(parameters, rule, {
      parameters: new Float32Array(memory.parameters),
      m: new Float32Array(memory.m),
      v: new Float32Array(memory.v),
    });
    const env = { ...process.env, STEADYFORMER_THREADS: '1', STEADYFORMER_BACKEND: tf.getBackend() };
    const threads = Array.from(
      { length: count },
      (_, rank) => new ReplicaThread<Part>(entry, { memory, rank, data }, env),
    );
    const replicas = new Replicas(memory, threads, optimizer);
    try {
      await Promise.all(threads.map(({ ready }) => ready));
    } catch (error) {
      await replicas.dispose();
      throw error;
    }
    return replicas;
  }

  /** Threads. */
  get count(): number {
    return this.memory.replicas;
  }

  /** Updates done so far. */
  get updates(): number {
    return this.optimizer.updates;
  }

  /** Sums the gradients of the parts: part i is for replica i mod count, with dropout from `random.fork(i)`. */
  async gradient(parts: readonly Part[], random: RandomStream): Promise<ReducedGradient> {
    if (this.disposed)
      throw new SteadyformerError('Replicas: disposed; start new ones with Replicas.start()');
    this.optimizer.attach();
    const work: Work<Part>[] = parts.map((part, i) => ({ part, random: random.fork(i).key }));
    const sums = await this.ask((rank) => ({
      kind: 'gradient',
      work: work.filter((_, i) => i % this.count === rank),
    }));
    const { squares } = await this.ask(() => ({ kind: 'reduce' }));
    return { sums, norm: Math.sqrt(squares!) };
  }

  /** One update with the gradient of the last call of `gradient`, times `gradientScale`. */
  async step(learningRate: number, gradientScale = 1): Promise<void> {
    const attrs = this.optimizer.advance(learningRate, gradientScale);
    await this.ask(() => ({ kind: 'step', attrs }));
  }

  /** The moments and the number of updates. */
  state(): Promise<OptimizerState> {
    return this.optimizer.state();
  }

  /** Goes on from a state. Throws where it belongs to another number of parameters. */
  restore(state: OptimizerState): void {
    this.optimizer.restore(state);
  }

  /** Ends the threads; this thread's model keeps its values in memory of its own. */
  async dispose(): Promise<void> {
    if (this.disposed) return;
    this.disposed = true;
    await Promise.all(this.threads.map((thread) => thread.end()));
    this.optimizer.dispose();
  }

  /**
   * Asks all replicas at once; their sums are added up in the order of their ranks. Where one fails the others are
   * waited for all the same: a reply still under way would be taken for that to the next request.
   */
  private async ask(request: (rank: number) => Request<Part>): Promise<Sums> {
    const replies = await Promise.allSettled(this.threads.map((thread, rank) => thread.ask(request(rank))));
    const total: Record<string, number> = {};
    for (const reply of replies) {
      if (reply.status === 'rejected') throw reply.reason;
      for (const [name, value] of Object.entries(reply.value)) total[name] = (total[name] ?? 0) + value;
    }
    return total;
  }
}
