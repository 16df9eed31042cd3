import * as tf from '@tensorflow/tfjs';
import { runKernel } from '../backend/kernels';
import { check, checkNumber, SteadyformerError } from '../checks/errors';
import { checkTensor } from '../checks/tensors';
import { type Extent, scalarCount, writeFlat } from '../state/flat';
import type { NamedParameter } from '../state/module';
import { type SegmentStep, stepComposed, stepInPlace, updatesInPlace, viewOf } from './adamStep';
import { assignFlat, flatValues, writeStretch } from './flatWeights';
import type { TreatedParameters } from './groups';
import { gradientStretches, type Layout, layoutOf } from './layout';
import { checkedOptions, type OptimizerMemory, type OptimizerOptions } from './optimizerOptions';
import { type Moments, momentsOfAll, type OptimizerState, stateParts } from './optimizerState';
import { ParameterViews, zeros1d } from './parameterViews';
import { checkedProjections, type ProjectedParameters, projectAll } from './projections';
import type { UpdateRule } from './rule';
import { checkedStretch, type OptimizerShard, spread, within } from './shard';

/**
 * Applies an update rule to parameters: owns the moments, flat over all trained parameters. Where the backend offers
 * it, parameters become views of one buffer and a step is one kernel in place for each way in which they are updated.
 *
 * The rule's weight decay leaves out parameters with fewer than two axes, which are norms, biases and scales; a group
 * that holds them with a `weightDecay` of its own takes them in.
 */
export class Optimizer {
  readonly rule: UpdateRule;
  private readonly layout: Layout;
  private m: tf.Tensor1D;
  private v: tf.Tensor1D;
  /** The moments of frozen parameters, where a restored state had some. */
  private resting: Moments | undefined;
  private readonly views: readonly ParameterViews[];
  private readonly stretches: readonly Extent[];
  private readonly projections: readonly ProjectedParameters[];
  private readonly memory: OptimizerMemory | undefined;
  private readonly shard: OptimizerShard | undefined;
  /** P, the scalars that are trained: the size of the gradient. */
  readonly size: number;
  /** Of the flat arrays, [P], what is updated here: all, without a shard. */
  readonly stretch: Extent;
  private count = 0;
  private prepared = false;

  /**
   * @throws SteadyformerError on what is no parameter, rule or group, on a parameter that stands twice or in two groups,
   *   and where every parameter is frozen
   */
  constructor(parameters: readonly NamedParameter[], rule: UpdateRule, options: OptimizerOptions = {}) {
    const { groups, projections = [], memory, shard } = checkedOptions(options);
    this.layout = layoutOf(parameters, rule, groups);
    this.projections = checkedProjections(projections, this.layout.trained);
    for (const { parameter } of parameters) parameter.checkUsable();
    const { flat, frozen } = this.layout;
    this.rule = rule;
    this.memory = memory;
    this.stretches = gradientStretches(this.layout);
    this.size = scalarCount(flat);
    this.shard = shard;
    this.stretch = checkedStretch(shard, this.size);
    const own = this.stretch.to - this.stretch.from;
    this.m = tf.keep(memory ? tf.tensor1d(memory.m) : zeros1d(own));
    this.v = tf.keep(memory ? tf.tensor1d(memory.v) : zeros1d(own));
    const views: ParameterViews[] = [];
    try {
      if (memory) {
        writeFlat(flat, memory.parameters);
        writeFlat(frozen, memory.frozen);
      }
      if (updatesInPlace()) {
        views.push(new ParameterViews(flat, memory?.parameters));
        if (memory && frozen.length > 0) views.push(new ParameterViews(frozen, memory.frozen));
      }
    } catch (error) {
      tf.dispose([this.m, this.v]);
      for (const each of views) each.dispose();
      throw error;
    }
    this.views = views;
  }

  /** Updates done so far. */
  get updates(): number {
    return this.count;
  }

  /** The parameters that are not frozen, as they were given: what `lossAndGradient` is to be asked for. */
  get trained(): readonly NamedParameter[] {
    return this.layout.trained;
  }

  /** The same in the order of the flat arrays, in which what is updated alike lies together. */
  get flat(): readonly NamedParameter[] {
    return this.layout.flat;
  }

  /** How parameters are updated that are not updated as the rule says, and which they are. */
  get treated(): readonly TreatedParameters[] {
    return this.layout.treated;
  }

  /**
   * One update with gradient [P], in the order of `trained`, which stays the caller's; `gradientScale` multiplies it
   * first (clipping, averaging over accumulated batches). Throws before anything is changed on a rate that is no
   * number >= 0.
   */
  step(gradient: tf.Tensor1D, learningRate: number, gradientScale = 1): void {
    checkTensor('Optimizer.step: gradient', gradient, '[parameters]');
    if (gradient.size !== this.size) {
      throw new SteadyformerError(
        `Optimizer.step: gradient of ${gradient.size} numbers received, the parameters have ${this.size}. ` +
          (this.layout.frozen.length > 0
            ? 'Some are frozen: use lossAndGradient(optimizer.trained, loss).'
            : 'Use lossAndGradient with the same parameters.'),
      );
    }
    if (this.shard) {
      throw new SteadyformerError(
        'Optimizer.step: others update a part of the parameters; use stepShard(), with the own stretch of their summed gradient',
      );
    }
    const steps = this.plan(learningRate, gradientScale);
    tf.tidy(() => this.apply(this.arranged(gradient), steps));
    this.advance();
  }

  /**
   * One update with the own stretch of a gradient, [to - from] of `stretch`, in the order of `flatGradient`; then gathers the
   * weights that the others have updated, who all call it alike. Where they cannot be had the parameters are marked as of no
   * use, as they are those of no update.
   *
   * @param through an array, [P], to exchange weights through, such as that of the gradient
   * @throws SteadyformerError before anything is changed on a rate that is no number >= 0 and a gradient of another size
   */
  async stepShard(
    gradient: tf.Tensor1D,
    learningRate: number,
    gradientScale = 1,
    through: Float32Array = new Float32Array(this.size),
  ): Promise<void> {
    const { from, to } = this.stretch;
    const size = gradient?.size;
    check(size === to - from, 'size of the gradient of Optimizer.stepShard', size, `${to - from}`);
    const steps = within(this.plan(learningRate, gradientScale), this.stretch);
    if (from < to) tf.tidy(() => this.apply(gradient, steps));
    if (this.shard) {
      try {
        const { flat: parameters } = this.layout;
        const [views] = this.views;
        await writeStretch(parameters, views, this.stretch, through);
        await this.shard.gather(through);
        tf.tidy(() => assignFlat(parameters, views, tf.tensor1d(through)));
      } catch (error) {
        this.invalidate(`update ${this.count + 1} was left half done`, error);
      }
    }
    this.advance();
  }

  /** A gradient, [P] in the order of `trained`, in that of the flat arrays. The caller disposes it. */
  flatGradient(gradient: tf.Tensor1D): tf.Tensor1D {
    return tf.tidy(() => tf.clone(this.arranged(gradient)));
  }

  /**
   * What the next update is, segment by segment of the layout, for others who compute it in the shared memory: clones
   * keep their values from here on. Throws as `step` does.
   */
  plan(learningRate: number, gradientScale: number): readonly SegmentStep[] {
    const update = this.count + 1;
    const allowed = 'numbers >= 0 that float32 holds';
    const valid = (rate: number): boolean => rate >= 0 && Number.isFinite(Math.fround(rate));
    checkNumber(`learning rate of update ${update}`, learningRate, allowed, valid);
    checkNumber(`gradientScale of update ${update}`, gradientScale);
    const steps = this.layout.segments.map(({ from, to, rule, rateFactor }) => {
      const rate = learningRate * rateFactor;
      const attrs = { ...rule.coefficients(update, rate), gradientScale };
      // All of it finite numbers: others would end the weights.
      for (const [name, value] of Object.entries(attrs)) {
        const finite = typeof value === 'boolean' || Number.isFinite(Math.fround(value));
        const next = `The learning rate was ${rate}.`;
        check(finite, `${name} of update ${update} by ${rule.name}`, value, 'finite numbers', next);
      }
      return { from, to, attrs };
    });
    if (this.memory) for (const each of this.views) each.beforeOthersWrite();
    return steps;
  }

  /**
   * Counts an update that has been computed, by `step` or by others, and brings parameters back to where projections want
   * them. Where one of those throws, the parameters are marked as of no use, as they are those of no update.
   */
  advance(): void {
    this.project(`update ${this.count + 1} was made, but not brought back to where it belongs`);
    this.count += 1;
  }

  /**
   * What comes before a gradient: brings what was assigned to parameters since into the flat memory and, once before the
   * first update, parameters to where projections want them.
   */
  prepare(): void {
    if (this.count === 0 && !this.prepared)
      this.project('the initial parameters could not be brought to where they belong');
    this.prepared = true;
    this.attach();
  }

  /** Brings what was assigned to parameters since into the flat memory. */
  attach(): void {
    for (const each of this.views) each.attached();
  }

  private project(failed: string): void {
    if (this.projections.length === 0) return;
    try {
      projectAll(this.projections);
      this.attach();
    } catch (error) {
      this.invalidate(failed, error);
    }
  }

  /** Marks the parameters as of no use, and throws. */
  private invalidate(failed: string, error: unknown): never {
    const why = `${failed}: ${(error as Error).message}. Load a state or build the model anew.`;
    for (const { parameter } of this.layout.trained) parameter.invalidate(why);
    throw new SteadyformerError(why, { cause: error });
  }

  /** Updates the own stretch of the weights and the moments. Within a tidy. */
  private apply(gradient: tf.Tensor1D, steps: readonly SegmentStep[]): void {
    const { m, v, stretch } = this;
    const [views] = this.views;
    if (views) {
      stepInPlace({ parameters: viewOf(views.attached(), stretch), m, v }, gradient, steps);
      return;
    }
    const { flat } = this.layout;
    const values = flatValues(flat);
    const { from, to } = stretch;
    const part = (start: number, end: number): tf.Tensor1D => tf.slice1d(values, start, end - start);
    const own = this.shard ? part(from, to) : values;
    const next = stepComposed({ parameters: own, m, v }, gradient, steps);
    const whole = (): tf.Tensor1D => tf.concat1d([part(0, from), next.parameters, part(to, this.size)]);
    assignFlat(flat, views, this.shard ? whole() : next.parameters);
    tf.dispose([m, v]);
    this.m = tf.keep(next.m);
    this.v = tf.keep(next.v);
  }

  /** A gradient in the order of the layout. */
  private arranged(gradient: tf.Tensor1D): tf.Tensor1D {
    if (this.stretches.length === 1) return gradient;
    const parts = this.views.length
      ? this.stretches.map((stretch) => viewOf(gradient, stretch))
      : this.stretches.map(({ from, to }) => tf.slice1d(gradient, from, to - from));
    return tf.concat1d(parts);
  }

  /** Reads the state: all of it, for which those who have the other shards have to call it too. */
  async state(): Promise<OptimizerState> {
    const updates = this.count;
    const whole = async (key: keyof Moments): Promise<Float32Array> => {
      const own = await this[key].data<'float32'>();
      const trained = this.shard ? spread(own, this.stretch, this.size) : own;
      await this.shard?.gather(trained);
      return momentsOfAll(this.layout, trained, this.resting?.[key]);
    };
    return { updates, m: await whole('m'), v: await whole('v') };
  }

  /** Goes on from a state. Throws, before anything is changed, where it belongs to another number of parameters. */
  restore(state: OptimizerState): void {
    const { updates, flat, resting } = stateParts(this.layout, state);
    const { from, to } = this.stretch;
    this.count = updates;
    this.resting = resting;
    for (const key of ['m', 'v'] as const) {
      const own = flat[key].slice(from, to);
      if (this.memory) {
        this.memory[key].set(own);
        continue;
      }
      const moments = tf.tensor1d(own);
      if (updatesInPlace()) {
        tf.dispose([runKernel('SteadyCopy', { destination: this[key], source: moments }, {}), moments]);
      } else {
        this[key].dispose();
        this[key] = tf.keep(moments);
      }
    }
  }

  /** Frees the moments; every parameter has memory of its own again. */
  dispose(): void {
    tf.dispose([this.m, this.v]);
    for (const each of this.views) each.dispose();
  }
}
