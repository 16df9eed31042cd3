import * as v from 'valibot';
import { check } from '../checks/errors';
import { fields, finite, parseAs } from '../checks/schema';
import type { Projection, TrainingFactors } from '../residual/training';
import type { MethodSite } from './modelSites';

const factor = (): v.OptionalSchema<v.GenericSchema<number>, number> =>
  v.optional(
    finite('numbers > 0', (value) => value > 0),
    1,
  );

/**
 * What the method says of a parameter, with defaults filled in; nothing where all are 1.
 *
 * @throws SteadyformerError where the user's own method says what cannot be
 */
export const factorsOf = ({ method, site, named }: MethodSite): Required<TrainingFactors> | undefined => {
  const said = method.training?.(site);
  if (said === undefined) return undefined;
  const schema = fields({ rateFactor: factor(), epsilonFactor: factor(), weightDecayFactor: factor() });
  const where = `training of ${named.path} by the method '${method.name}'`;
  const factors = parseAs(schema, said, where) as Required<TrainingFactors>;
  return Object.values(factors).every((value) => value === 1) ? undefined : factors;
};

/** Where a method wants a parameter to be after every update. Throws on what is no projection. */
export const projectionOf = ({ method, site, named }: MethodSite): Projection | undefined => {
  const projection = method.projection?.(site);
  const { name, project } = Object(projection) as Partial<Projection>;
  const valid = typeof name === 'string' && typeof project === 'function';
  const where = `projection of ${named.path} by the method '${method.name}'`;
  check(projection === undefined || valid, where, projection, '{ name, project(value) }');
  return projection;
};
