import {
  type Between,
  callback,
  check,
  fields,
  flag,
  globalNorm,
  JointGradient,
  lossAndGradient,
  type Module,
  methodTraining,
  OneAtATime,
  Optimizer,
  type OptimizerState,
  type ParameterGroup,
  parseAs,
  type RandomStream,
  SteadyformerError,
  type UpdateRule,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import * as v from 'valibot';
import { checkNoEffect } from '../checks/combinations';
import { learnersBetween, moduleOf, parameterGroups, randomSource, updateRule } from '../checks/objects';
import { needed, type SchemasOf } from '../checks/schemas';
import type { Settings } from '../settings/settings';
import type { Learner, UpdateSums } from './learner';
import { checkedLoss, type LossFunction, lossFunction } from './loss';
import { learnerSettings } from './runSettings';

/** A gradient on its way to the optimizer: the sum over `tokens` tokens, [P]. */
export interface SummedGradient {
  readonly gradient: tf.Tensor1D;
  readonly tokens: number;
  /** The losses' sums over these tokens. A reduction that leaves them out is told of this learner's alone. */
  readonly loss?: number;
  readonly nll?: number;
}

/** What batches' losses come to: sums over their tokens. */
type Sums = Readonly<Record<'loss' | 'nll' | 'tokens', number>>;

/** Options of `LocalLearner`. */
export interface LocalLearnerOptions<Model extends Module, Batch> {
  readonly model: Model;
  readonly loss: LossFunction<Model, Batch>;
  readonly rule: UpdateRule;
  /**
   * Parameters that are trained in a way of their own, or not at all, as of `Optimizer`. What the model's residual methods
   * say of training (`methodTraining`) comes on top by itself.
   */
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
  /** The same where each of several learners has its shard of the optimizer's work, as of `Replicas`. Default: this one alone. */
  readonly between?: Between;
}

/** What this thread learns with, for `LocalLearner` and for a trainer that makes its own. */
export const localLearnerFields = (): SchemasOf<LocalLearnerOptions<Module, unknown>> => ({
  checkpointing: v.optional(flag(), false),
  reduceGradients: v.optional(callback<(own: SummedGradient) => Promise<SummedGradient>>()),
  between: v.optional(learnersBetween()),
  model: needed(moduleOf<Module>()),
  loss: needed(lossFunction()),
  rule: needed(updateRule()),
  groups: v.optional(parameterGroups(), []),
});

/** Learns in this thread. */
export class LocalLearner<Model extends Module, Batch> implements Learner<Batch> {
  private readonly options: LocalLearnerOptions<Model, Batch>;
  private readonly optimizer: Optimizer;
  private summed: SummedGradient | undefined;
  /** Beside others: what becomes of gradients until they have added theirs. */
  private readonly joint: JointGradient | undefined;
  private readonly calls: OneAtATime = new OneAtATime('LocalLearner');

  /** @throws SteadyformerError on what is no model, loss or rule. */
  constructor(options: LocalLearnerOptions<Model, Batch>) {
    parseAs(fields(localLearnerFields()), options, 'LocalLearner');
    this.options = { ...options };
    const { model, rule, groups = [], between } = options;
    if (between) checkNoEffect('LocalLearner', options, ['reduceGradients'], 'beside between');
    const training = methodTraining(model, rule, groups);
    this.optimizer = new Optimizer(model.parameters(), rule, {
      ...training,
      ...(between ? { shard: between } : {}),
    });
    this.joint = between && new JointGradient(this.optimizer, between);
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
    const { reduceGradients, between } = this.options;
    // Another machine may have all of them.
    const some =
      Array.isArray(batches) &&
      (batches.length > 0 || reduceGradients !== undefined || between !== undefined);
    check(some, 'LocalLearner.gradient() batches', batches, 'a list of at least one batch');
    parseAs(randomSource(), random, 'LocalLearner.gradient() random');
    this.optimizer.prepare();
    return this.joint ? this.joinedGradient(this.joint, batches, random) : this.ownGradient(batches, random);
  }

  private async ownGradient(batches: readonly Batch[], random: RandomStream): Promise<UpdateSums> {
    const { reduceGradients } = this.options;
    let gradient: tf.Tensor1D | undefined;
    let own: Sums;
    try {
      own = await this.overBatches(batches, random, async (loss) => {
        const result = lossAndGradient(this.optimizer.trained, loss);
        gradient = add(gradient, result.gradient);
        return result.loss;
      });
    } catch (error) {
      gradient?.dispose();
      throw error;
    }
    const alone = { gradient: gradient ?? tf.zeros<tf.Rank.R1>([this.optimizer.size]), ...own };
    const summed: SummedGradient = reduceGradients
      ? checkedSum(await reduceGradients(alone), alone.gradient.size)
      : alone;
    this.keep(summed);
    const { tokens } = summed;
    const norm = globalNorm(summed.gradient);
    const gradientNorm = (await norm.data())[0]! / tokens;
    norm.dispose();
    const { loss, nll } = summed;
    const sums = loss === undefined || nll === undefined ? own : { loss, nll, tokens };
    return { loss: sums.loss / sums.tokens, nll: sums.nll / sums.tokens, tokens, gradientNorm };
  }

  /** Keeps the own stretch of all learners' gradient. */
  private async joinedGradient(
    joint: JointGradient,
    batches: readonly Batch[],
    random: RandomStream,
  ): Promise<UpdateSums> {
    // It lies where the next one is written.
    this.keep(undefined);
    try {
      const own = await this.overBatches(batches, random, (loss, i) =>
        joint.add(loss, i === batches.length - 1),
      );
      const { sums, squares, stretch } = await joint.join({ ...own });
      const { loss, nll, tokens } = sums as Record<keyof Sums, number>;
      this.keep({ gradient: stretch, tokens });
      return { loss: loss / tokens, nll: nll / tokens, tokens, gradientNorm: Math.sqrt(squares) / tokens };
    } catch (error) {
      joint.clear();
      throw error;
    }
  }

  /** The sums of the batches' losses, of each of which `gradientOf` computes the gradient, and gives the loss. */
  private async overBatches(
    batches: readonly Batch[],
    random: RandomStream,
    gradientOf: (loss: () => tf.Scalar, i: number) => Promise<tf.Scalar>,
  ): Promise<Sums> {
    const { model, loss: lossOf, checkpointing = false } = this.options;
    const own = { loss: 0, nll: 0, tokens: 0 };
    for (const [i, batch] of batches.entries()) {
      let nll: tf.Scalar | undefined;
      let loss: tf.Scalar | undefined;
      try {
        loss = await gradientOf(() => {
          const context = { training: true, random: random.fork(i), checkpointing };
          const measured = checkedLoss(lossOf(model, batch, context));
          nll = tf.keep(measured.nll);
          own.tokens += measured.tokens;
          return measured.loss;
        }, i);
        const [lossValue, nllValue] = await Promise.all([loss.data(), nll!.data()]);
        own.loss += lossValue[0]!;
        own.nll += nllValue[0]!;
      } finally {
        tf.dispose([loss ?? [], nll ?? []]);
      }
    }
    return own;
  }

  step(learningRate: number, scale: number): Promise<void> {
    return this.calls.run('step()', async () => {
      if (!this.summed) {
        throw new SteadyformerError(
          'LocalLearner.step(): there is no gradient to step with; call gradient() first',
        );
      }
      const { gradient, tokens } = this.summed;
      const { joint } = this;
      if (joint) await this.optimizer.stepShard(gradient, learningRate, scale / tokens, joint.array);
      else this.optimizer.step(gradient, learningRate, scale / tokens);
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
    this.joint?.dispose();
    this.optimizer.dispose();
  }

  private keep(summed: SummedGradient | undefined): void {
    this.summed?.gradient.dispose();
    this.summed = summed;
  }
}

/** @throws SteadyformerError where what the caller's own reduction gave is no sum of gradients. */
const checkedSum = (sum: SummedGradient, size: number): SummedGradient => {
  const { gradient, tokens } = (sum ?? {}) as Partial<SummedGradient>;
  const sound = gradient instanceof tf.Tensor && gradient.size === size && Number(tokens) > 0;
  const allowed = `{ gradient, tokens }: a tensor of ${size} numbers and a number above 0`;
  check(sound, 'what reduceGradients returned', sum, allowed);
  return sum;
};

/** a + b, both given up. */
const add = (a: tf.Tensor1D | undefined, b: tf.Tensor1D): tf.Tensor1D => {
  if (!a) return b;
  const sum = tf.add<tf.Tensor1D>(a, b);
  tf.dispose([a, b]);
  return sum;
};
