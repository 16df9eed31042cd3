import * as tf from '@tensorflow/tfjs';
import { lossAndGradient, unflatten } from '../autodiff/gradients';
import { SteadyformerError } from '../checks/errors';
import { type Extent, evenStretch } from '../state/flat';
import type { NamedParameter } from '../state/module';
import type { ProcessStart, Request, Sums } from './protocol';
import { reduceStretch } from './sharedMemory';
import { parametersOf, type ReplicaModel, sumParts } from './sumParts';

/** What processes read of each other: weights [P], frozen ones [F], and the gradient [P] of each replica by its rank. */
export type Shelf = 'parameters' | 'frozen' | number;

/** What replicas in processes exchange values through. The first's gradient also receives the sum. */
export interface Exchange {
  /** The values of a shelf, or of a stretch of it, in an array of their own. */
  read(shelf: Shelf, stretch?: Extent): Float32Array;
  /** Writes values from an element on. */
  write(shelf: Shelf, values: Float32Array, from?: number): void;
}

/**
 * One replica's work in a process of its own, request by request, on any backend: weights come with every gradient, whose
 * sum over its parts it leaves for others to read, and of all replicas' gradients it adds up its own stretch.
 */
export class ProcessReplica<Part> {
  private readonly start: ProcessStart;
  private readonly model: ReplicaModel<Part>;
  private readonly exchange: Exchange;
  private readonly trained: readonly NamedParameter[];
  private readonly frozen: readonly NamedParameter[];
  /** Which of their values the frozen parameters have. */
  private resting: number | undefined;

  /** @throws SteadyformerError where the model has another number of parameters than the first process's */
  constructor(start: ProcessStart, model: ReplicaModel<Part>, exchange: Exchange) {
    this.start = start;
    this.model = model;
    this.exchange = exchange;
    const { trained, frozen } = parametersOf(start, model);
    this.trained = trained;
    this.frozen = frozen;
  }

  async answer(request: Request<Part>): Promise<Sums> {
    switch (request.kind) {
      case 'gradient':
        this.rest(request.frozen);
        return this.gradient(request.work);
      case 'reduce':
        return { squares: this.reduce() };
      case 'step':
        throw new SteadyformerError('replicas in processes make no update: the first process does');
    }
  }

  private rest(version: number | undefined): void {
    if (version === this.resting) return;
    assignAll(this.frozen, this.exchange.read('frozen'));
    this.resting = version;
  }

  private async gradient(work: Extract<Request<Part>, { kind: 'gradient' }>['work']): Promise<Sums> {
    const { rank, memory } = this.start;
    assignAll(this.trained, this.exchange.read('parameters'));
    let sum: tf.Tensor1D | undefined;
    try {
      const sums = await sumParts(this.model, work, (lossOf) => {
        const { loss, gradient } = lossAndGradient(this.trained, lossOf);
        const before = sum;
        sum = before ? tf.add<tf.Tensor1D>(before, gradient) : gradient;
        if (before) tf.dispose([before, gradient]);
        return loss;
      });
      this.exchange.write(rank, sum ? await sum.data<'float32'>() : new Float32Array(memory.size));
      return sums;
    } finally {
      sum?.dispose();
    }
  }

  /** Returns the sum of squares of the sum. */
  private reduce(): number {
    const { memory, rank } = this.start;
    const stretch = evenStretch(memory.size, memory.replicas, rank);
    const gradients = Array.from({ length: memory.replicas }, (_, i) => this.exchange.read(i, stretch));
    const squares = reduceStretch(gradients, { from: 0, to: stretch.to - stretch.from });
    this.exchange.write(0, gradients[0]!, stretch.from);
    return squares;
  }
}

/** Gives parameters the values of a flat array. */
const assignAll = (parameters: readonly NamedParameter[], values: Float32Array): void =>
  tf.tidy(() => {
    if (parameters.length === 0) return;
    const shapes = parameters.map(({ parameter }) => parameter.shape);
    for (const [i, value] of unflatten(tf.tensor1d(values), shapes).entries()) {
      parameters[i]!.parameter.assign(value);
    }
  });
