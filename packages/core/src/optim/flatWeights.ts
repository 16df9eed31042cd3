import * as tf from '@tensorflow/tfjs';
import { flatten, unflatten } from '../autodiff/gradients';
import { can } from '../backend/capabilities';
import { runKernel } from '../backend/kernels';
import type { Extent } from '../state/flat';
import type { NamedParameter } from '../state/module';
import { viewOf } from './adamStep';
import type { ParameterViews } from './parameterViews';

/** The values of parameters end to end, [P]. Within a tidy. */
export const flatValues = (flat: readonly NamedParameter[]): tf.Tensor1D =>
  flatten(flat.map(({ parameter }) => parameter.variable));

/** Gives parameters the values of a flat array, in their buffer where they are views of one. Within a tidy. */
export const assignFlat = (
  flat: readonly NamedParameter[],
  views: ParameterViews | undefined,
  values: tf.Tensor1D,
): void => {
  if (views) {
    runKernel('SteadyCopy', { destination: views.attached(), source: values }, {});
    return;
  }
  const variables = flat.map(({ parameter }) => parameter.variable);
  const shapes = variables.map((variable) => variable.shape);
  for (const [i, value] of unflatten(values, shapes).entries()) variables[i]!.assign(value);
};

/** Writes the values of a stretch of them to its place in an array, [P]. */
export const writeStretch = async (
  flat: readonly NamedParameter[],
  views: ParameterViews | undefined,
  stretch: Extent,
  array: Float32Array,
): Promise<void> => {
  const { from, to } = stretch;
  if (from === to) return;
  const place = array.subarray(from, to);
  const source = (): tf.Tensor1D => viewOf(views!.attached(), stretch);
  if (views && can('adoptsMemory')) {
    tf.tidy(() => {
      runKernel('SteadyCopy', { destination: tf.tensor1d(place), source: source() }, {});
    });
    return;
  }
  const own = tf.tidy(() =>
    views ? tf.add<tf.Tensor1D>(source(), 0) : tf.slice1d(flatValues(flat), from, to - from),
  );
  try {
    place.set(await own.data<'float32'>());
  } finally {
    own.dispose();
  }
};
