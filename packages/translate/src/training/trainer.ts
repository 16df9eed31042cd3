import {
  checkInteger,
  checkOptions,
  clipFactor,
  globalNorm,
  lossAndGradient,
  type Module,
  type NamedParameter,
  Optimizer,
  type OptimizerState,
  randomStream,
  type Schedule,
  SteadyformerError,
  type UpdateRule,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import type { BatchPosition } from '../data/batches';
import type { LossFunction } from './translationLoss';

/** Where a trainer gets its batches: any position can be asked for, so a run resumes where it stopped. */
export interface BatchSource<Batch> {
  batchAt(epoch: number, index: number): Batch;
  after(position: BatchPosition): BatchPosition;
}

/** A gradient on its way to the optimizer: the sum over `tokens` tokens, [P]. */
export interface SummedGradient {
  readonly gradient: tf.Tensor1D;
  readonly tokens: number;
}

export interface TrainerOptions<Model extends Module, Batch> {
  readonly model: Model;
  readonly batches: BatchSource<Batch>;
  readonly loss: LossFunction<Model, Batch>;
  readonly rule: UpdateRule;
  readonly schedule: Schedule;
  /** Batches whose gradients are summed for one update. Default 1. */
  readonly accumulate?: number;
  /** Gradients of a larger L2 norm are scaled down to it. Default: no limit, as in the paper's recipes. */
  readonly clipNorm?: number;
  /** Seed of dropout. Default 1. */
  readonly seed?: number;
  /**
   * Less memory for more time: the inside of every sub-layer is computed again in the backward pass instead of kept.
   * The numbers stay the same. Default false.
   */
  readonly checkpointing?: boolean;
  /**
   * The seam where replicas join: this replica's summed gradient in, all replicas' out, before clipping. Takes
   * over the tensor it is given. Default: this replica alone.
   */
  readonly reduceGradients?: (own: SummedGradient) => Promise<SummedGradient>;
}

/** What one update did. Losses are a token, in nats. */
export interface StepReport {
  readonly update: number;
  readonly epoch: number;
  /** What was minimised (label-smoothed). */
  readonly loss: number;
  /** Negative log-likelihood: log of the perplexity. */
  readonly nll: number;
  readonly learningRate: number;
  /** L2 norm of the gradient of the mean loss, before clipping. */
  readonly gradientNorm: number;
  /** Target tokens of the update. */
  readonly tokens: number;
}

/** What a checkpoint needs to go on exactly, beside the weights. */
export interface TrainerState {
  readonly position: BatchPosition;
  readonly optimizer: OptimizerState;
}

const OPTIONS = [
  'model',
  'batches',
  'loss',
  'rule',
  'schedule',
  'accumulate',
  'clipNorm',
  'seed',
  'checkpointing',
  'reduceGradients',
];

/**
 * Updates a model from batches: loss, gradient, clipping, optimizer. Every update is a function of the weights,
 * the optimizer's state, the position in the data and the seed, so a restored run goes on as it would have.
 */
export class Trainer<Model extends Module, Batch> {
  private readonly options: TrainerOptions<Model, Batch>;
  private readonly parameters: readonly NamedParameter[];
  private readonly optimizer: Optimizer;
  private position: BatchPosition = { epoch: 0, index: 0 };

  constructor(options: TrainerOptions<Model, Batch>) {
    checkOptions(options, OPTIONS, 'Trainer');
    checkInteger('Trainer accumulate', options.accumulate ?? 1);
    this.options = options;
    this.parameters = options.model.parameters();
    this.optimizer = new Optimizer(this.parameters, options.rule);
  }

  /** Updates done so far. */
  get updates(): number {
    return this.optimizer.updates;
  }

  /**
   * One update. Throws where loss or gradient is not finite; the weights, the optimizer and the position are then
   * as they were before.
   */
  async step(): Promise<StepReport> {
    await turnOfOthers();
    const { schedule, accumulate = 1, clipNorm, reduceGradients } = this.options;
    const update = this.updates + 1;
    const { epoch } = this.position;
    const { own, next, loss, nll } = await this.accumulated(update, accumulate);
    const { gradient, tokens } = reduceGradients ? await reduceGradients(own) : own;
    const normTensor = globalNorm(gradient);
    const norm = (await normTensor.data())[0]! / tokens;
    normTensor.dispose();
    const learningRate = schedule(update);
    if (!Number.isFinite(loss) || !Number.isFinite(norm)) {
      gradient.dispose();
      throw new SteadyformerError(
        `update ${update}: the loss is ${loss} and the gradient's norm ${norm}; nothing was changed. ` +
          `Lower the learning rate (now ${learningRate.toPrecision(3)}), lengthen the warm-up, or initialize with adminInit().`,
      );
    }
    this.optimizer.step(gradient, learningRate, clipFactor(norm, clipNorm) / tokens);
    gradient.dispose();
    this.position = next;
    return {
      update,
      epoch,
      loss: loss / own.tokens,
      nll: nll / own.tokens,
      learningRate,
      gradientNorm: norm,
      tokens,
    };
  }

  /** Sums loss and gradient over the next batches, without moving on. */
  private async accumulated(
    update: number,
    count: number,
  ): Promise<{ own: SummedGradient; next: BatchPosition; loss: number; nll: number }> {
    const { model, batches, loss: lossOf, seed = 1, checkpointing = false } = this.options;
    const random = randomStream(seed).fork('training').fork(update);
    let next = this.position;
    let gradient: tf.Tensor1D | undefined;
    const total = { loss: 0, nll: 0, tokens: 0 };
    for (let part = 0; part < count; part++) {
      const batch = batches.batchAt(next.epoch, next.index);
      let nll: tf.Scalar | undefined;
      const result = lossAndGradient(this.parameters, () => {
        const context = { training: true, random: random.fork(part), checkpointing };
        const measured = lossOf(model, batch, context);
        nll = tf.keep(measured.nll);
        total.tokens += measured.tokens;
        return measured.loss;
      });
      gradient = add(gradient, result.gradient);
      const [lossValue, nllValue] = await Promise.all([result.loss.data(), nll!.data()]);
      total.loss += lossValue[0]!;
      total.nll += nllValue[0]!;
      tf.dispose([result.loss, nll!]);
      next = batches.after(next);
    }
    return { own: { gradient: gradient!, tokens: total.tokens }, next, loss: total.loss, nll: total.nll };
  }

  /** What a checkpoint holds beside the weights. */
  async state(): Promise<TrainerState> {
    return { position: this.position, optimizer: await this.optimizer.state() };
  }

  /** Goes on from a state. The weights are loaded apart (`loadStateDict`). */
  restore(state: TrainerState): void {
    this.optimizer.restore(state.optimizer);
    this.position = state.position;
  }

  /** Frees the optimizer's state; the model stays. */
  dispose(): void {
    this.optimizer.dispose();
  }
}

/**
 * Timers, signals and the page's own work get their turn: a synchronous backend's promises resolve without one, so
 * a training loop would keep a Ctrl-C waiting for ever.
 */
const turnOfOthers = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** a + b, both given up. */
const add = (a: tf.Tensor1D | undefined, b: tf.Tensor1D): tf.Tensor1D => {
  if (!a) return b;
  const sum = tf.add<tf.Tensor1D>(a, b);
  tf.dispose([a, b]);
  return sum;
};
