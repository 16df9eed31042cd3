import * as tf from '@tensorflow/tfjs';
import type * as v from 'valibot';
import { check, SteadyformerError, show } from '../checks/errors';
import { callback, fields, parseAs, such, text } from '../checks/schema';
import { areParameters, type NamedParameter, type Parameter } from '../state/module';

/** Parameters that a function brings back to where they belong before the first update and after each. */
export interface ProjectedParameters {
  /** What errors and summaries call it, such as 'unit rows'. */
  readonly name: string;
  readonly parameters: readonly NamedParameter[];
  /** A pure function: the value, and a new one of the same shape. */
  readonly project: (value: tf.Tensor) => tf.Tensor;
}

const checked = (projection: ProjectedParameters, where: string): ProjectedParameters =>
  parseAs(
    fields({
      name: text(),
      parameters: such<readonly NamedParameter[]>('a list of parameters', areParameters),
      project: callback<ProjectedParameters['project']>("a function of a parameter's value"),
    }) as v.GenericSchema<ProjectedParameters>,
    projection,
    where,
  );

/**
 * Those with parameters that are trained; frozen ones keep their values.
 *
 * @throws SteadyformerError on what is no projection, and on a parameter that is in two
 */
export const checkedProjections = (
  projections: readonly ProjectedParameters[],
  trained: readonly NamedParameter[],
): readonly ProjectedParameters[] => {
  check(Array.isArray(projections), 'Optimizer projections', projections, 'a list of projections');
  const learning = new Set(trained.map(({ parameter }) => parameter));
  const seen = new Map<Parameter, string>();
  return projections
    .map((projection, i) => {
      const { name, parameters, project } = checked(projection, `projections[${i}]`);
      for (const { path, parameter } of parameters) {
        const other = seen.get(parameter);
        if (other !== undefined) {
          throw new SteadyformerError(
            `Optimizer: the parameter '${path}' has two projections, '${other}' and '${name}'; leave it out of one`,
          );
        }
        seen.set(parameter, name);
      }
      return { name, project, parameters: parameters.filter(({ parameter }) => learning.has(parameter)) };
    })
    .filter(({ parameters }) => parameters.length > 0);
};

/**
 * Assigns every parameter what its projection makes of it.
 *
 * @throws SteadyformerError where that has another shape
 */
export const projectAll = (projections: readonly ProjectedParameters[]): void => {
  for (const { name, parameters, project } of projections) {
    for (const { path, parameter } of parameters) {
      const next = tf.tidy(() => {
        const made = project(tf.clone(parameter.value));
        const same = made instanceof tf.Tensor && tf.util.arraysEqual(made.shape, [...parameter.shape]);
        check(
          same,
          `what the projection '${name}' makes of ${path}`,
          made,
          `a tensor ${show(parameter.shape)}`,
        );
        return made;
      });
      parameter.assign(next);
      next.dispose();
    }
  }
};
