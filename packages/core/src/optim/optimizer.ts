import * as tf from '@tensorflow/tfjs';
import { flatten, unflatten } from '../autodiff/gradients';
import { type AdamStepAttrs, hasKernel, runKernel } from '../backend/kernels';
import { check, checkInteger, checkNumber, checkRecord, SteadyformerError } from '../checks/errors';
import { checkTensor } from '../checks/tensors';
import { checkParameters, type NamedParameter } from '../state/module';
import { ParameterViews } from './parameterViews';
import type { UpdateRule } from './rule';

/** The state of an optimizer, as checkpoints hold it. */
export interface OptimizerState {
  readonly updates: number;
  /** First and second moments over the flat parameters, [P] each. */
  readonly m: Float32Array;
  readonly v: Float32Array;
}

/** Memory of the caller's for an optimizer's flat arrays, [P] each: threads that share it see every update. */
export interface OptimizerMemory {
  readonly parameters: Float32Array;
  readonly m: Float32Array;
  readonly v: Float32Array;
}

/**
 * Applies an update rule to parameters: owns the moments, flat over all parameters in the order given. Where the
 * backend offers it, parameters become views of one buffer and a step is one kernel in place.
 */
export class Optimizer {
  readonly rule: UpdateRule;
  private readonly parameters: readonly NamedParameter[];
  private m: tf.Tensor1D;
  private v: tf.Tensor1D;
  private readonly views: ParameterViews | undefined;
  private readonly memory: OptimizerMemory | undefined;
  private count = 0;

  /** In `memory`, where given, which takes the parameters' values; only a backend with the in-place kernels can. */
  constructor(parameters: readonly NamedParameter[], rule: UpdateRule, memory?: OptimizerMemory) {
    checkParameters('Optimizer', parameters);
    check(typeof rule?.coefficients === 'function', 'Optimizer rule', rule, 'a rule, such as radam()');
    if (parameters.length === 0)
      throw new SteadyformerError('Optimizer: the model has no parameters to train');
    for (const { parameter } of parameters) parameter.checkUsable();
    this.parameters = parameters;
    this.rule = rule;
    const size = parameters.reduce((sum, { parameter }) => sum + parameter.size, 0);
    this.memory = memory;
    this.m = tf.keep(memory ? tf.tensor1d(memory.m) : tf.zeros<tf.Rank.R1>([size]));
    this.v = tf.keep(memory ? tf.tensor1d(memory.v) : tf.zeros<tf.Rank.R1>([size]));
    try {
      if (memory) writeFlat(parameters, memory.parameters);
      if (updatesInPlace()) this.views = new ParameterViews(parameters, memory?.parameters);
    } catch (error) {
      tf.dispose([this.m, this.v]);
      throw error;
    }
  }

  /** Updates done so far. */
  get updates(): number {
    return this.count;
  }

  /** Flat size P. */
  get size(): number {
    return this.m.size;
  }

  /**
   * One update with gradient [P], which stays the caller's; `gradientScale` multiplies it first (clipping,
   * averaging over accumulated batches). Throws before anything is changed on a rate that is no number >= 0.
   */
  step(gradient: tf.Tensor1D, learningRate: number, gradientScale = 1): void {
    checkTensor('Optimizer.step: gradient', gradient, '[parameters]');
    if (gradient.size !== this.size) {
      throw new SteadyformerError(
        `Optimizer.step: gradient of ${gradient.size} numbers received, the parameters have ${this.size}. ` +
          'Use lossAndGradient with the same parameters.',
      );
    }
    const attrs = this.plan(learningRate, gradientScale);
    if (this.views) this.stepInPlace(this.views, gradient, attrs);
    else this.stepComposed(gradient, attrs);
    this.advance();
  }

  /**
   * What the next update is, for others who compute it in the shared memory: clones keep their values from here on.
   * Throws as `step` does.
   */
  plan(learningRate: number, gradientScale: number): AdamStepAttrs {
    const attrs = this.next(learningRate, gradientScale);
    if (this.memory) this.views?.beforeOthersWrite();
    return attrs;
  }

  /** Counts an update that others have computed. */
  advance(): void {
    this.count += 1;
  }

  /** What the next update multiplies and adds, all of it finite numbers: others would end the weights. */
  private next(learningRate: number, gradientScale: number): AdamStepAttrs {
    const update = this.count + 1;
    const what = `learning rate of update ${update}`;
    const allowed = 'numbers >= 0 that float32 holds';
    checkNumber(what, learningRate, allowed, (rate) => rate >= 0 && Number.isFinite(Math.fround(rate)));
    checkNumber(`gradientScale of update ${update}`, gradientScale);
    const attrs = { ...this.rule.coefficients(update, learningRate), gradientScale };
    for (const [name, value] of Object.entries(attrs)) {
      const finite = typeof value === 'boolean' || Number.isFinite(Math.fround(value));
      const next = `The learning rate was ${learningRate}.`;
      check(finite, `${name} of update ${update} by ${this.rule.name}`, value, 'finite numbers', next);
    }
    return attrs;
  }

  /** Brings what was assigned to parameters since into the flat memory. */
  attach(): void {
    this.views?.attached();
  }

  private stepInPlace(views: ParameterViews, gradient: tf.Tensor1D, attrs: AdamStepAttrs): void {
    const parameters = views.attached();
    tf.tidy(() => {
      runKernel('SteadyAdamStep', { parameters, gradient, m: this.m, v: this.v }, attrs);
    });
  }

  private stepComposed(gradient: tf.Tensor1D, attrs: AdamStepAttrs): void {
    const variables = this.parameters.map(({ parameter }) => parameter.variable);
    tf.tidy(() => {
      const next = adamStep(flatten(variables), gradient, this.m, this.v, attrs);
      const shapes = variables.map((variable) => variable.shape);
      for (const [i, value] of unflatten(next.parameters, shapes).entries()) variables[i]!.assign(value);
      this.m.dispose();
      this.v.dispose();
      this.m = tf.keep(next.m);
      this.v = tf.keep(next.v);
    });
  }

  /** Reads the state. */
  async state(): Promise<OptimizerState> {
    const [m, v] = await Promise.all([this.m.data<'float32'>(), this.v.data<'float32'>()]);
    return { updates: this.count, m: Float32Array.from(m), v: Float32Array.from(v) };
  }

  /** Goes on from a state. Throws, before anything is changed, where it belongs to another number of parameters. */
  restore(state: OptimizerState): void {
    checkRecord('state of Optimizer.restore()', state, '{ updates, m, v }');
    checkInteger('updates of Optimizer.restore()', state.updates, 0);
    for (const key of ['m', 'v'] as const) {
      check(
        state[key] instanceof Float32Array,
        `${key} of Optimizer.restore()`,
        state[key],
        'a Float32Array',
      );
    }
    if (state.m.length !== this.size || state.v.length !== this.size) {
      throw new SteadyformerError(
        `Optimizer.restore: state of ${state.m.length} and ${state.v.length} numbers received, the parameters have ${this.size}`,
      );
    }
    this.count = state.updates;
    if (this.memory) {
      this.memory.m.set(state.m);
      this.memory.v.set(state.v);
      return;
    }
    this.m.dispose();
    this.v.dispose();
    this.m = tf.keep(tf.tensor1d(Float32Array.from(state.m)));
    this.v = tf.keep(tf.tensor1d(Float32Array.from(state.v)));
  }

  dispose(): void {
    this.m.dispose();
    this.v.dispose();
    this.views?.dispose();
  }
}

/** Whether the active backend updates parameters in place, in one buffer. */
export const updatesInPlace = (): boolean =>
  hasKernel('SteadyAdamStep') && hasKernel('SteadyView') && hasKernel('SteadyCopy');

/** Copies the parameters' values end to end into `flat`. */
const writeFlat = (parameters: readonly NamedParameter[], flat: Float32Array): void => {
  let offset = 0;
  for (const { parameter } of parameters) {
    flat.set(parameter.value.dataSync<'float32'>(), offset);
    offset += parameter.size;
  }
};

interface FlatStep {
  readonly parameters: tf.Tensor1D;
  readonly m: tf.Tensor1D;
  readonly v: tf.Tensor1D;
}

/** The arithmetic of SteadyAdamStep from plain ops, on [P] tensors. */
export const adamStep = (
  parameters: tf.Tensor1D,
  gradient: tf.Tensor1D,
  m: tf.Tensor1D,
  v: tf.Tensor1D,
  attrs: AdamStepAttrs,
): FlatStep =>
  tf.tidy(() => {
    const { beta1, beta2, epsilon, stepSize, rootScale, adaptive, decay, l2, gradientScale } = attrs;
    const scaled = gradientScale === 1 ? gradient : tf.mul<tf.Tensor1D>(gradient, gradientScale);
    const g = l2 === 0 ? scaled : tf.add<tf.Tensor1D>(scaled, tf.mul(parameters, l2));
    // A factor of zero switches off; multiplied, it would make NaN of what has overflowed.
    const average = (old: tf.Tensor1D, next: tf.Tensor1D, beta: number): tf.Tensor1D =>
      beta === 0 ? tf.clone(next) : tf.add(tf.mul(old, beta), tf.mul(next, 1 - beta));
    const nextM = average(m, g, beta1);
    const nextV = average(v, tf.square(g), beta2);
    const direction = adaptive
      ? tf.div<tf.Tensor1D>(nextM, tf.add(tf.mul(tf.sqrt(nextV), rootScale), epsilon))
      : nextM;
    const kept = decay === 1 ? parameters : tf.mul<tf.Tensor1D>(parameters, decay);
    const next = stepSize === 0 ? tf.clone(kept) : tf.sub<tf.Tensor1D>(kept, tf.mul(direction, stepSize));
    return { parameters: next, m: nextM, v: nextV };
  });
