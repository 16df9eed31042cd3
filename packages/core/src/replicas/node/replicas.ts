import { availableParallelism } from 'node:os';
import * as v from 'valibot';
import { SteadyformerError } from '../../checks/errors';
import { OneAtATime } from '../../checks/oneAtATime';
import { fields, parseAs, such, whole } from '../../checks/schema';
import type { ParameterGroup, TreatedParameters } from '../../optim/groups';
import type { Optimizer } from '../../optim/optimizer';
import type { OptimizerState } from '../../optim/optimizerState';
import type { ProjectedParameters } from '../../optim/projections';
import type { UpdateRule } from '../../optim/rule';
import { type Between, isBetween } from '../../optim/shard';
import type { RandomStream } from '../../random/random';
import type { NamedParameter } from '../../state/module';
import type { Request, Sums, Work } from '../protocol';
import { checkReplicaCount, replicasHere } from '../replicasHere';
import { overFile } from './overFile';
import { overMemory } from './overMemory';
import { ReplicaWorker } from './replicaWorker';
import type { Sharing } from './sharing';

/** Options of `Replicas.start`. */
export interface ReplicasOptions {
  /** The module that every replica's thread or process runs; it calls `serveReplica`. */
  readonly entry: URL;
  /** What `serveReplica` builds the model from; anything that can be sent to a thread or process. */
  readonly data?: unknown;
  /** This thread's copy of the model: its values are where the replicas begin, and it sees every update. */
  readonly parameters: readonly NamedParameter[];
  readonly rule: UpdateRule;
  /** Parameters that are trained in a way of their own, or not at all, as of `Optimizer`. */
  readonly groups?: readonly ParameterGroup[];
  /** As of `Optimizer`; this thread applies them, to the weights of all replicas. */
  readonly projections?: readonly ProjectedParameters[];
  /** Threads, each with a backend of one thread, or processes. Default: a thread a core, or a process a device. */
  readonly count?: number;
  /** The seam where machines join, each of which updates its shard of the weights. Default: this machine alone. */
  readonly between?: Between;
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
      between: v.optional(such<Between>('{ stretch, reduce, gather }: three functions', isBetween)),
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
 * Data-parallel training on one machine: replicas with a copy of the model each. A replica sums the gradients of its
 * parts, then all add them up, each its own stretch, in a fixed order: the same parts give the same bits again. This thread
 * only waits, and may use its model between two updates.
 *
 * Where the backend computes in memory that threads share (onnxruntime) replicas are worker threads, over the same weights,
 * moments and gradients, and each updates its stretch of the weights. On any other backend they are processes, which
 * exchange weights and gradients through a file in memory, and this thread updates; on GPUs each has one for itself.
 *
 * One call runs at a time; another made meanwhile is an error. Where a replica ends during `gradient` the weights are as
 * they were; where an update fails half way, as where a thread ends during `step`, they are half updated, so that `step` and
 * every later call but `dispose` throws, as does whatever reads the parameters until others are loaded. Either way new
 * replicas are needed.
 */
export class Replicas<Part> {
  private readonly sharing: Sharing;
  private readonly workers: readonly ReplicaWorker<Part>[];
  private readonly optimizer: Optimizer;
  private readonly parameters: readonly NamedParameter[];
  private readonly between: Between | undefined;
  private readonly calls: OneAtATime = new OneAtATime('Replicas');
  /** Whether replicas hold the sum that `step` is about. */
  private summed = false;
  private torn: SteadyformerError | undefined;
  private disposed = false;

  private constructor(
    sharing: Sharing,
    workers: readonly ReplicaWorker<Part>[],
    parameters: readonly NamedParameter[],
    between: Between | undefined,
  ) {
    this.sharing = sharing;
    this.workers = workers;
    this.optimizer = sharing.optimizer;
    this.between = between;
    this.parameters = parameters;
  }

  /**
   * Starts the replicas and waits until each has built its model. Throws where the backend has fewer devices than replicas
   * are asked for, where `data` cannot be sent to one and where one fails, with its reason; none is then left, and the
   * parameters have memory of their own again.
   */
  static async start<Part>(options: ReplicasOptions): Promise<Replicas<Part>> {
    const { entry, data, parameters, rule, groups = [], projections = [] } = checked(options);
    const { run, most } = replicasHere();
    const { count = run === 'threads' ? availableParallelism() : (most ?? 1), between } = options;
    checkReplicaCount(count, 'Replicas.start() count');
    const share = run === 'threads' ? overMemory : overFile;
    const sharing = share({
      ...{ entry, data, parameters, rule, count },
      options: { groups, projections, ...(between ? { shard: between } : {}) },
    });
    const workers: ReplicaWorker<Part>[] = [];
    try {
      for (let rank = 0; rank < count; rank++) {
        workers.push(new ReplicaWorker<Part>(entry, rank, sharing.start(rank)));
      }
      await Promise.all(workers.map(({ ready }) => ready));
    } catch (error) {
      await Promise.all(workers.map((worker) => worker.end()));
      sharing.close();
      throw error;
    }
    return new Replicas(sharing, workers, parameters, between);
  }

  /** Threads or processes. */
  get count(): number {
    return this.workers.length;
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
   * where a replica ends or refuses its parts; the weights stay as they are.
   */
  gradient(parts: readonly Part[], random: RandomStream): Promise<ReducedGradient> {
    return this.calls.run('gradient()', async () => {
      this.checkWhole();
      this.summed = false;
      this.optimizer.prepare();
      const published = await this.sharing.publish();
      const work: Work<Part>[] = parts.map((part, i) => ({ part, random: random.fork(i).key }));
      try {
        const own = await this.ask((rank) => ({
          kind: 'gradient',
          ...published,
          work: work.filter((_, i) => i % this.count === rank),
        }));
        const { squares: ownSquares } = await this.ask(() => ({ kind: 'reduce' }));
        const { sums, squares } = await this.joined(own, ownSquares!);
        this.summed = true;
        return { sums, norm: Math.sqrt(squares) };
      } catch (error) {
        const lost = this.workers.some((worker) => worker.ended);
        throw lost ? this.stopped((error as Error).message) : error;
      }
    });
  }

  /**
   * One update with the gradient of the last call of `gradient`, times `gradientScale`; a gradient serves one update.
   * Throws where a replica ends or fails: before it has begun nothing is changed, and afterwards the weights are marked
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
      const update = this.sharing.plan(learningRate, gradientScale);
      this.summed = false;
      try {
        await update((request) => this.ask(() => request));
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

  /** Ends the replicas; this thread's model keeps its values in memory of its own. Throws while another call runs. */
  async dispose(): Promise<void> {
    this.calls.check('dispose()');
    if (this.disposed) return;
    this.disposed = true;
    await Promise.all(this.workers.map((worker) => worker.end()));
    this.sharing.close();
  }

  /** The sums of all machines, whose gradient then lies in the place of this one's, and the squares of its norm. */
  private async joined(
    own: Sums,
    squares: number,
  ): Promise<{ readonly sums: Sums; readonly squares: number }> {
    if (!this.between) return { sums: own, squares };
    const gradient = this.sharing.readSum();
    const joined = await this.between.reduce(gradient, own);
    this.sharing.writeSum(gradient);
    return joined;
  }

  /** Throws where there is nothing to go on from. */
  private checkOpen(): void {
    if (this.disposed) {
      throw new SteadyformerError('Replicas: disposed; start new ones with Replicas.start()');
    }
    if (this.torn) throw this.torn;
  }

  /** Throws as well where a replica has ended, before another is asked anything. */
  private checkWhole(): void {
    this.checkOpen();
    const ended = this.workers.find((worker) => worker.ended)?.ended;
    if (ended) throw this.stopped(ended.message);
  }

  /** A replica is lost, the weights are not. */
  private stopped(why: string): SteadyformerError {
    return new SteadyformerError(
      `${why}. The weights are whole, as update ${this.updates} left them; dispose these replicas and start new ones.`,
    );
  }

  /** Marks the weights, of which a part is updated and others are not. */
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
    const replies = await Promise.allSettled(this.workers.map((worker, rank) => worker.ask(request(rank))));
    const total: Record<string, number> = Object.create(null);
    for (const reply of replies) {
      if (reply.status === 'rejected') throw reply.reason;
      for (const [name, value] of Object.entries(reply.value)) total[name] = (total[name] ?? 0) + value;
    }
    return total;
  }
}
