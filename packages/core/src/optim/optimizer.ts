import * as tf from '@tensorflow/tfjs';
import type * as v from 'valibot';
import { flatten, unflatten } from '../autodiff/gradients';
import { runKernel } from '../backend/kernels';
import { check, checkNumber, SteadyformerError } from '../checks/errors';
import { fields, parseAs, such, whole } from '../checks/schema';
import { checkTensor } from '../checks/tensors';
import { type Extent, scalarCount, writeFlat } from '../state/flat';
import type { NamedParameter } from '../state/module';
import {
  type FlatState,
  type SegmentStep,
  stepComposed,
  stepInPlace,
  updatesInPlace,
  viewOf,
} from './adamStep';
import type { TreatedParameters } from './groups';
import { gradientStretches, type Layout, layoutOf, rearrange } from './layout';
import { checkedOptions, type OptimizerMemory, type OptimizerOptions } from './optimizerOptions';
import { ParameterViews, zeros1d } from './parameterViews';
import { checkedProjections, type ProjectedParameters, projectAll } from './projections';
import type { UpdateRule } from './rule';

/** The state of an optimizer, as checkpoints hold it. */
export interface OptimizerState {
  readonly updates: number;
  /** First and second moments of all parameters, frozen ones too, end to end in the order given. */
  readonly m: Float32Array;
  readonly v: Float32Array;
}

const moment = (): v.CustomSchema<Float32Array, string> =>
  such('a Float32Array', (value) => value instanceof Float32Array);
const stateSchema = (): v.GenericSchema<OptimizerState> =>
  fields({ updates: whole(0), m: moment(), v: moment() });

/**
 * Applies an update rule to parameters: owns the moments, flat over all trained parameters. Where the backend offers
 * it, parameters become views of one buffer and a step is one kernel in place, or one for each way in which groups of
 * parameters are updated.
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
  private resting: Omit<OptimizerState, 'updates'> | undefined;
  private readonly views: readonly ParameterViews[];
  private readonly stretches: readonly Extent[];
  private readonly projections: readonly ProjectedParameters[];
  private readonly memory: OptimizerMemory | undefined;
  private count = 0;
  private prepared = false;

  /**
   * @throws SteadyformerError on what is no parameter, rule or group, on a parameter that stands twice or in two groups,
   *   and where every parameter is frozen
   */
  constructor(parameters: readonly NamedParameter[], rule: UpdateRule, options: OptimizerOptions = {}) {
    const { groups, projections = [], memory } = checkedOptions(options);
    this.layout = layoutOf(parameters, rule, groups);
    this.projections = checkedProjections(projections, this.layout.trained);
    for (const { parameter } of parameters) parameter.checkUsable();
    const { flat, frozen } = this.layout;
    this.rule = rule;
    this.memory = memory;
    this.stretches = gradientStretches(this.layout);
    const size = scalarCount(flat);
    this.m = tf.keep(memory ? tf.tensor1d(memory.m) : zeros1d(size));
    this.v = tf.keep(memory ? tf.tensor1d(memory.v) : zeros1d(size));
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

  /** P, the scalars that are trained: the size of the gradient. */
  get size(): number {
    return this.m.size;
  }

  /** The parameters that are not frozen, as they were given: what `lossAndGradient` is to be asked for. */
  get trained(): readonly NamedParameter[] {
    return this.layout.trained;
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
    const steps = this.plan(learningRate, gradientScale);
    const [views] = this.views;
    const { m, v } = this;
    tf.tidy(() => {
      if (views) stepInPlace({ parameters: views.attached(), m, v }, this.arranged(gradient), steps);
      else this.replace(stepComposed({ parameters: this.values(), m, v }, this.arranged(gradient), steps));
    });
    this.advance();
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
      const why = `${failed}: ${(error as Error).message}. Load a state or build the model anew.`;
      for (const { parameter } of this.layout.trained) parameter.invalidate(why);
      throw new SteadyformerError(why, { cause: error });
    }
  }

  /** A gradient in the order of the layout. */
  private arranged(gradient: tf.Tensor1D): tf.Tensor1D {
    if (this.stretches.length === 1) return gradient;
    const parts = this.views.length
      ? this.stretches.map((stretch) => viewOf(gradient, stretch))
      : this.stretches.map(({ from, to }) => tf.slice1d(gradient, from, to - from));
    return tf.concat1d(parts);
  }

  private values(): tf.Tensor1D {
    return flatten(this.layout.flat.map(({ parameter }) => parameter.variable));
  }

  private replace({ parameters, m, v }: FlatState): void {
    const variables = this.layout.flat.map(({ parameter }) => parameter.variable);
    const shapes = variables.map((variable) => variable.shape);
    for (const [i, value] of unflatten(parameters, shapes).entries()) variables[i]!.assign(value);
    tf.dispose([this.m, this.v]);
    this.m = tf.keep(m);
    this.v = tf.keep(v);
  }

  /** Reads the state. */
  async state(): Promise<OptimizerState> {
    const updates = this.count;
    const [m, v] = await Promise.all([this.m.data<'float32'>(), this.v.data<'float32'>()]);
    const { all, flat, frozen } = this.layout;
    const whole = (key: 'm' | 'v', trained: Float32Array): Float32Array => {
      const moments = new Float32Array(scalarCount(all));
      rearrange(trained, flat, moments, all);
      if (this.resting) rearrange(this.resting[key], frozen, moments, all);
      return moments;
    };
    return { updates, m: whole('m', m), v: whole('v', v) };
  }

  /** Goes on from a state. Throws, before anything is changed, where it belongs to another number of parameters. */
  restore(state: OptimizerState): void {
    const { updates, ...moments } = parseAs(stateSchema(), state, 'state of Optimizer.restore()');
    const { all, flat, frozen } = this.layout;
    const size = scalarCount(all);
    if (moments.m.length !== size || moments.v.length !== size) {
      throw new SteadyformerError(
        `Optimizer.restore: state of ${moments.m.length} and ${moments.v.length} numbers received, the parameters have ${size}`,
      );
    }
    const part = (key: 'm' | 'v', to: readonly NamedParameter[]): Float32Array => {
      const own = new Float32Array(scalarCount(to));
      rearrange(moments[key], all, own, to);
      return own;
    };
    this.count = updates;
    this.resting = frozen.length > 0 ? { m: part('m', frozen), v: part('v', frozen) } : undefined;
    if (this.memory) {
      this.memory.m.set(part('m', flat));
      this.memory.v.set(part('v', flat));
      return;
    }
    for (const key of ['m', 'v'] as const) {
      const moments = tf.tensor1d(part(key, flat));
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
