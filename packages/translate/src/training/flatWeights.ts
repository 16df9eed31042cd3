import { type NamedParameter, type ProjectedParameters, projectAll } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';

/** The values of parameters, end to end: [P]. */
export const readWeights = async (parameters: readonly NamedParameter[]): Promise<Float32Array> => {
  const flat = new Float32Array(parameters.reduce((sum, { parameter }) => sum + parameter.size, 0));
  let offset = 0;
  for (const { parameter } of parameters) {
    flat.set(await parameter.value.data(), offset);
    offset += parameter.size;
  }
  return flat;
};

/** Gives parameters the values of `flat` [P]. */
export const writeWeights = (parameters: readonly NamedParameter[], flat: Float32Array): void => {
  let offset = 0;
  for (const { parameter } of parameters) {
    const values = tf.tensor(flat.slice(offset, offset + parameter.size), [...parameter.shape]);
    parameter.assign(values);
    values.dispose();
    offset += parameter.size;
  }
};

/** Brings parameters, those of the list, to where projections want them. */
export const projectWeights = (
  parameters: readonly NamedParameter[],
  projections: readonly ProjectedParameters[],
): void => {
  const given = new Set(parameters.map(({ parameter }) => parameter));
  projectAll(
    projections.map((each) => ({
      ...each,
      parameters: each.parameters.filter(({ parameter }) => given.has(parameter)),
    })),
  );
};
