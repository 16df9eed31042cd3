import * as tf from '@tensorflow/tfjs';
import { type AdamStepAttrs, hasKernel, runKernel } from '../backend/kernels';
import type { Extent } from '../state/flat';

/** One kernel's share of an update: what is done to a stretch of the flat arrays. */
export interface SegmentStep extends Extent {
  readonly attrs: AdamStepAttrs;
}

/** The flat arrays of an optimizer, [P] each. */
export type FlatState = {
  readonly parameters: tf.Tensor1D;
  readonly m: tf.Tensor1D;
  readonly v: tf.Tensor1D;
};

/** Whether the active backend updates parameters in place, in one buffer. */
export const updatesInPlace = (): boolean =>
  hasKernel('SteadyAdamStep') && hasKernel('SteadyView') && hasKernel('SteadyCopy');

/** Elements of a flat tensor, on a backend that has views without a copy. */
export const viewOf = (x: tf.Tensor1D, { from, to }: Extent): tf.Tensor1D =>
  from === 0 && to === x.size
    ? x
    : (runKernel('SteadyView', { x }, { offset: from, shape: [to - from] })[0] as tf.Tensor1D);

/** Updates the flat arrays in place, one kernel a segment. */
export const stepInPlace = (
  { parameters, m, v }: FlatState,
  gradient: tf.Tensor1D,
  steps: readonly SegmentStep[],
): void =>
  tf.tidy(() => {
    for (const { attrs, ...extent } of steps) {
      const of = (x: tf.Tensor1D): tf.Tensor1D => viewOf(x, extent);
      const inputs = { parameters: of(parameters), gradient: of(gradient), m: of(m), v: of(v) };
      runKernel('SteadyAdamStep', inputs, attrs);
    }
  });

/** The same from plain ops: the flat arrays after the update. */
export const stepComposed = (
  state: FlatState,
  gradient: tf.Tensor1D,
  steps: readonly SegmentStep[],
): FlatState =>
  tf.tidy(() => {
    const of = (x: tf.Tensor1D, { from, to }: Extent): tf.Tensor1D =>
      from === 0 && to === x.size ? x : tf.slice1d(x, from, to - from);
    const done = steps.map(({ attrs, ...extent }) =>
      adamStep(
        { parameters: of(state.parameters, extent), m: of(state.m, extent), v: of(state.v, extent) },
        of(gradient, extent),
        attrs,
      ),
    );
    const [only] = done;
    if (only && done.length === 1) return only;
    const joined = (key: keyof FlatState): tf.Tensor1D => tf.concat1d(done.map((each) => each[key]));
    return { parameters: joined('parameters'), m: joined('m'), v: joined('v') };
  });

/** The arithmetic of SteadyAdamStep from plain ops, on [P] tensors. */
const adamStep = ({ parameters, m, v }: FlatState, gradient: tf.Tensor1D, attrs: AdamStepAttrs): FlatState =>
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
