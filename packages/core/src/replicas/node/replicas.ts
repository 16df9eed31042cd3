import { availableParallelism } from 'node:os';
import * as tf from '@tensorflow/tfjs';
import * as v from 'valibot';
import { SteadyformerError } from '../../checks/errors';
import { OneAtATime } from '../../checks/oneAtATime';
import { callback, fields, parseAs, such, whole } from '../../checks/schema';
import type { ParameterGroup, TreatedParameters } from '../../optim/groups';
import { layoutOf } from '../../optim/layout';
import { Optimizer, type OptimizerState } from '../../optim/optimizer';
import type { ProjectedParameters } from '../../optim/projections';
import type { UpdateRule } from '../../optim/rule';
import type { RandomStream } from '../../random/random';
import { scalarCount } from '../../state/flat';
import type { NamedParameter } from '../../state/module';
import type { Request, Sums, Work } from '../protocol';
import { checkSharing } from '../replica';
import { arraysIn, type SharedMemory, shareMemory } from '../sharedMemory';
import { collectGarbage } from './collectGarbage';
import { ReplicaThread } from './replicaThread';

/** Options of `Replicas.start`. */
export interface ReplicasOptions {
  /** The module that every replica's thread runs; it calls `serveReplica`. */
  readonly entry: URL;
  /** What `serveReplica` builds the model from; anything that can be sent to a thread. */
  readonly data?: unknown;
  /** This thread's copy of the model: its values are where the replicas begin, and it sees every update. */
  readonly parameters: readonly NamedParameter[];
  readonly rule: UpdateRule;
  /** Parameters that are trained in a way of their own, or not at all, as of `Optimizer`. */
  readonly groups?: readonly ParameterGroup[];
  /** As of `Optimizer`; this thread applies them, to the weights that all threads share. */
  readonly projections?: readonly ProjectedParameters[];
  /** Threads, each with a backend of one thread. Default: one a core. */
  readonly count?: number;
  /**
   * The seam where machines join: this one's summed gradient, [P], becomes all machines', in place, and its sums theirs.
   * Default: this machine alone.
   */
  readonly reduceBetween?: (gradient: Float32Array, sums: Sums) => Promise<Sums>;
}

/** Parameters, rule and groups are checked by the optimizer. */
const checked = (options: ReplicasOptions): ReplicasOptions =>
  parseAs(
    fields({
      entry: such<URL>('URLs. Use new URL(file, import.meta.url)', (value) => value instanceof URL),
      data: v.optional(v.unknown()),
      parameters: v.unknown(),
      rule: v.unknown(),
      groups: v.optional(v.unknown()),
      projections: v.optional(v.unknown()),
      count: v.optional(whole()),
      reduceBetween: v.optional(callback<NonNullable<ReplicasOptions['reduceBetween']>>()),
    }),
    options,
    'Replicas.start()',
  ) as ReplicasOptions;

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
 *
 * One call runs at a time; another made meanwhile is an error. Where a thread ends during `gradient` the weights are as
 * they were; where one ends or fails during `step` they are half updated, so that `step` and every later call but
 * `dispose` throws, as does whatever reads the parameters until others are loaded. Either way new replicas are needed.
 */
export class Replicas<Part> {
  private readonly memory: SharedMemory;
  private readonly threads: readonly ReplicaThread<Part>[];
  private readonly optimizer: Optimizer;
  private readonly parameters: readonly NamedParameter[];
  private readonly reduceBetween: ReplicasOptions['reduceBetween'];
  private readonly calls: OneAtATime = new OneAtATime('Replicas');
  /** Whether the shared memory holds the sum that `step` is about. */
  private summed = false;
  private torn: SteadyformerError | undefined;
  private disposed = false;

  private constructor(
    memory: SharedMemory,
    threads: readonly ReplicaThread<Part>[],
    optimizer: Optimizer,
    parameters: readonly NamedParameter[],
    reduceBetween: ReplicasOptions['reduceBetween'],
  ) {
    this.reduceBetween = reduceBetween;
    this.memory = memory;
    this.threads = threads;
    this.optimizer = optimizer;
    this.parameters = parameters;
  }

  /**
   * Starts the threads and waits until each has built its model. Throws where the backend has no shared memory
   * (only onnxruntime does), where `data` cannot be sent to a thread and where a thread fails, with its reason; no
   * thread is then left, and the parameters have memory of their own again.
   */
  static async start<Part>(options: ReplicasOptions): Promise<Replicas<Part>> {
    const { entry, data, parameters, rule, groups = [], projections = [] } = checked(options);
    const { count = availableParallelism(), reduceBetween } = options;
    checkSharing();
    const { flat, frozen } = layoutOf(parameters, rule, groups);
    const memory = shareMemory(scalarCount(flat), count, scalarCount(frozen));
    const optimizer = new Optimizer(parameters, rule, {
      ...{ groups, projections },
      memory: arraysIn(memory),
    });
    // The values lie in shared memory now, and once more in arrays of the parameters' that are of no use.
    collectGarbage();
    const places = new Map(parameters.map((named, i) => [named, i]));
    const indices = (list: readonly NamedParameter[]): number[] => list.map((named) => places.get(named)!);
    const start = { memory, data, trained: indices(flat), frozen: indices(frozen) };
    const env = { ...process.env, STEADYFORMER_THREADS: '1', STEADYFORMER_BACKEND: tf.getBackend() };
    const threads: ReplicaThread<Part>[] = [];
    try {
      for (let rank = 0; rank < count; rank++) {
        threads.push(new ReplicaThread<Part>(entry, { ...start, rank }, env));
      }
      await Promise.all(threads.map(({ ready }) => ready));
    } catch (error) {
      await Promise.all(threads.map((thread) => thread.end()));
      optimizer.dispose();
      throw error;
    }
    return new Replicas(memory, threads, optimizer, parameters, reduceBetween);
  }

  /** Threads. */
  get count(): number {
    return this.memory.replicas;
  }

  /** Updates done so far. */
  get updates(): number {
    return this.optimizer.updates;
  }

  /** As of `Optimizer`. */
  get treated(): readonly TreatedParameters[] {
    return this.optimizer.treated;
  }

  /**
   * Sums the gradients of the parts: part i is for replica i mod count, with dropout from `random.fork(i)`. Throws
   * where a thread ends or refuses its parts; the weights stay as they are.
   */
  gradient(parts: readonly Part[], random: RandomStream): Promise<ReducedGradient> {
    return this.calls.run('gradient()', async () => {
      this.checkWhole();
      this.summed = false;
      this.optimizer.prepare();
      const work: Work<Part>[] = parts.map((part, i) => ({ part, random: random.fork(i).key }));
      try {
        const own = await this.ask((rank) => ({
          kind: 'gradient',
          work: work.filter((_, i) => i % this.count === rank),
        }));
        const { squares: ownSquares } = await this.ask(() => ({ kind: 'reduce' }));
        const { sums, squares } = await this.joined(own, ownSquares!);
        this.summed = true;
        return { sums, norm: Math.sqrt(squares) };
      } catch (error) {
        const lost = this.threads.some((thread) => thread.ended);
        throw lost ? this.stopped((error as Error).message) : error;
      }
    });
  }

  /**
   * One update with the gradient of the last call of `gradient`, times `gradientScale`; a gradient serves one update.
   * Throws where a thread ends or fails: before it has begun nothing is changed, and afterwards the weights are marked
   * as of no use.
   */
  step(learningRate: number, gradientScale = 1): Promise<void> {
    return this.calls.run('step()', async () => {
      this.checkWhole();
      if (!this.summed) {
        throw new SteadyformerError(
          'Replicas.step(): there is no gradient to step with; call gradient() first',
        );
      }
      const steps = this.optimizer.plan(learningRate, gradientScale);
      this.summed = false;
      try {
        await this.ask(() => ({ kind: 'step', steps }));
        this.optimizer.advance();
      } catch (error) {
        throw this.tear((error as Error).message);
      }
    });
  }

  /** The moments and the number of updates. Throws where an update was left half done. */
  state(): Promise<OptimizerState> {
    return this.calls.run('state()', () => {
      this.checkOpen();
      return this.optimizer.state();
    });
  }

  /** Goes on from a state. Throws where it belongs to another number of parameters. */
  restore(state: OptimizerState): void {
    this.calls.check('restore()');
    this.checkOpen();
    this.optimizer.restore(state);
  }

  /** Ends the threads; this thread's model keeps its values in memory of its own. Throws while another call runs. */
  async dispose(): Promise<void> {
    this.calls.check('dispose()');
    if (this.disposed) return;
    this.disposed = true;
    await Promise.all(this.threads.map((thread) => thread.end()));
    this.optimizer.dispose();
  }

  /** The sums of all machines, whose gradient then lies in the place of this one's, and the squares of its norm. */
  private async joined(own: Sums, squares: number): Promise<{ sums: Sums; squares: number }> {
    if (!this.reduceBetween) return { sums: own, squares };
    const sums = await this.reduceBetween(arraysIn(this.memory).gradients[0]!, own);
    const all = await this.ask(() => ({ kind: 'norm' }));
    return { sums, squares: all.squares! };
  }

  /** Throws where there is nothing to go on from. */
  private checkOpen(): void {
    if (this.disposed) {
      throw new SteadyformerError('Replicas: disposed; start new ones with Replicas.start()');
    }
    if (this.torn) throw this.torn;
  }

  /** Throws as well where a thread has ended, before another is asked anything. */
  private checkWhole(): void {
    this.checkOpen();
    const ended = this.threads.find((thread) => thread.ended)?.ended;
    if (ended) throw this.stopped(ended.message);
  }

  /** A thread is lost, the weights are not. */
  private stopped(why: string): SteadyformerError {
    return new SteadyformerError(
      `${why}. The weights are whole, as update ${this.updates} left them; dispose these replicas and start new ones.`,
    );
  }

  /** Marks the weights, of which some threads have updated their stretch and others not. */
  private tear(why: string): SteadyformerError {
    this.torn = new SteadyformerError(
      `update ${this.updates + 1} was left half done: ${why}. The weights and moments are those of no update: load the ` +
        'last checkpoint into the model (loadStateDict), dispose these replicas and start new ones.',
    );
    for (const { parameter } of this.parameters) parameter.invalidate(this.torn.message);
    return this.torn;
  }

  /**
   * Asks all replicas at once; their sums are added up in the order of their ranks. Where one fails the others are
   * waited for all the same: a reply still under way would be taken for that to the next request.
   */
  private async ask(request: (rank: number) => Request<Part>): Promise<Sums> {
    const replies = await Promise.allSettled(this.threads.map((thread, rank) => thread.ask(request(rank))));
    const total: Record<string, number> = Object.create(null);
    for (const reply of replies) {
      if (reply.status === 'rejected') throw reply.reason;
      for (const [name, value] of Object.entries(reply.value)) total[name] = (total[name] ?? 0) + value;
    }
    return total;
  }
}
