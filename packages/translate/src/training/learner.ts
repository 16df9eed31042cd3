import {
  check,
  checkCallback,
  checkFlag,
  globalNorm,
  lossAndGradient,
  type Module,
  OneAtATime,
  Optimizer,
  type OptimizerState,
  type ParameterGroup,
  type RandomStream,
  SteadyformerError,
  type UpdateRule,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';

import { learnerSettings } from './runSettings';
import type { Settings } from './settings';
import { checkedLoss, type LossFunction } from './translationLoss';

/** What the batches of an update came to. Losses are a token, in nats. */
export interface UpdateSums {
  /** What is minimised (label-smoothed). */
  readonly loss: number;
  readonly nll: number;
  /** Target tokens. */
  readonly tokens: number;
  /** L2 norm of the gradient of the mean loss. */
  readonly gradientNorm: number;
}

/** Who computes gradients and updates the weights: this thread alone, or replicas of the model in several. */
export interface Learner<Batch> {
  /** Updates done so far. */
  readonly updates: number;
  /** What decides the numbers of an update, for `Trainer.restore` to compare. Default: unknown. */
  readonly settings?: Settings;
  /** Loss and gradient of the batches; the gradient is kept for `step`. Dropout draws from `random`. */
  gradient(batches: readonly Batch[], random: RandomStream): Promise<UpdateSums>;
  /** Updates the weights with the gradient of the mean loss, times `scale`. */
  step(learningRate: number, scale: number): Promise<void>;
  /** Gives the gradient up instead. */
  discard(): void;
  /** The optimizer's state. */
  state(): Promise<OptimizerState>;
  restore(state: OptimizerState): void;
  dispose(): Promise<void>;
}

/** A gradient on its way to the optimizer: the sum over `tokens` tokens, [P]. */
export interface SummedGradient {
  readonly gradient: tf.Tensor1D;
  readonly tokens: number;
}

export interface LocalLearnerOptions<Model extends Module, Batch> {
  readonly model: Model;
  readonly loss: LossFunction<Model, Batch>;
  readonly rule: UpdateRule;
  /** Parameters that are trained in a way of their own, or not at all, as of `Optimizer`. */
  readonly groups?: readonly ParameterGroup[];
  /**
   * Less memory for more time: the inside of every sub-layer is computed again in the backward pass instead of kept.
   * The numbers stay the same. Default false.
   */
  readonly checkpointing?: boolean;
  /**
   * The seam where learners on several machines join: this one's summed gradient in, all learners' out. Takes over
   * the tensor it is given. Default: this learner alone.
   */
  readonly reduceGradients?: (own: SummedGradient) => Promise<SummedGradient>;
}

/** Learns in this thread. */
export class LocalLearner<Model extends Module, Batch> implements Learner<Batch> {
  private readonly options: LocalLearnerOptions<Model, Batch>;
  private readonly optimizer: Optimizer;
  private summed: SummedGradient | undefined;
  private readonly calls: OneAtATime = new OneAtATime('LocalLearner');

  /** @throws SteadyformerError on what is no model, loss or rule. */
  constructor(options: LocalLearnerOptions<Model, Batch>) {
    const { model, loss, checkpointing = false, reduceGradients } = options;
    checkFlag('checkpointing', checkpointing);
    checkCallback('reduceGradients', reduceGradients);
    const trains = typeof model?.parameters === 'function';
    check(trains, 'model to train', model, 'a Module, such as transformer(...)');
    const next = 'Such as translationLoss(0.1).';
    check(typeof loss === 'function', 'loss', loss, 'a function (model, batch, context)', next);
    this.options = options;
    const { rule, groups = [] } = options;
    this.optimizer = new Optimizer(model.parameters(), rule, { groups });
  }

  get updates(): number {
    return this.optimizer.updates;
  }

  get settings(): Settings {
    const { model, loss, rule } = this.options;
    return { ...loss.settings, ...learnerSettings(model, rule, 1, this.optimizer.treated) };
  }

  gradient(batches: readonly Batch[], random: RandomStream): Promise<UpdateSums> {
    return this.calls.run('gradient()', () => this.summedGradient(batches, random));
  }

  private async summedGradient(batches: readonly Batch[], random: RandomStream): Promise<UpdateSums> {
    const { model, loss: lossOf, checkpointing = false, reduceGradients } = this.options;
    let gradient: tf.Tensor1D | undefined;
    const own = { loss: 0, nll: 0, tokens: 0 };
    for (const [i, batch] of batches.entries()) {
      let nll: tf.Scalar | undefined;
      try {
        const result = lossAndGradient(this.optimizer.trained, () => {
          const context = { training: true, random: random.fork(i), checkpointing };
          const measured = checkedLoss(lossOf(model, batch, context));
          nll = tf.keep(measured.nll);
          own.tokens += measured.tokens;
          return measured.loss;
        });
        gradient = add(gradient, result.gradient);
        const [lossValue, nllValue] = await Promise.all([result.loss.data(), nll!.data()]);
        own.loss += lossValue[0]!;
        own.nll += nllValue[0]!;
        tf.dispose([result.loss, nll!]);
      } catch (error) {
        tf.dispose([gradient ?? [], nll ?? []]);
        throw error;
      }
    }
    const alone = { gradient: gradient!, tokens: own.tokens };
    const { gradient: reduced, tokens } = reduceGradients ? await reduceGradients(alone) : alone;
    this.keep({ gradient: reduced, tokens });
    const norm = globalNorm(reduced);
    const gradientNorm = (await norm.data())[0]! / tokens;
    norm.dispose();
    return { loss: own.loss / own.tokens, nll: own.nll / own.tokens, tokens, gradientNorm };
  }

  step(learningRate: number, scale: number): Promise<void> {
    return this.calls.run('step()', async () => {
      if (!this.summed) {
        throw new SteadyformerError(
          'LocalLearner.step(): there is no gradient to step with; call gradient() first',
        );
      }
      const { gradient, tokens } = this.summed;
      this.optimizer.step(gradient, learningRate, scale / tokens);
      this.keep(undefined);
    });
  }

  discard(): void {
    this.calls.check('discard()');
    this.keep(undefined);
  }

  state(): Promise<OptimizerState> {
    return this.calls.run('state()', () => this.optimizer.state());
  }

  restore(state: OptimizerState): void {
    this.calls.check('restore()');
    this.optimizer.restore(state);
  }

  /** Frees the optimizer's state; the model stays. */
  async dispose(): Promise<void> {
    this.calls.check('dispose()');
    this.keep(undefined);
    this.optimizer.dispose();
  }

  private keep(summed: SummedGradient | undefined): void {
    this.summed?.gradient.dispose();
    this.summed = summed;
  }
}

/** a + b, both given up. */
const add = (a: tf.Tensor1D | undefined, b: tf.Tensor1D): tf.Tensor1D => {
  if (!a) return b;
  const sum = tf.add<tf.Tensor1D>(a, b);
  tf.dispose([a, b]);
  return sum;
};
