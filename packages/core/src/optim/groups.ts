import * as v from 'valibot';
import { check, invalidArgument, SteadyformerError } from '../checks/errors';
import { fields, finite, flag, parseAs, such, text } from '../checks/schema';
import { areParameters, type NamedParameter, type Parameter } from '../state/module';
import { epsilon, type UpdateRule, weightDecay } from './rule';

/** Parameters that are trained in a way of their own. */
export interface ParameterGroup {
  /** What errors call it. Default its place, such as `groups[0]`. */
  readonly name?: string;
  /** As `select(model, pattern)` or `model.parameters()` give them. */
  readonly parameters: readonly NamedParameter[];
  /** What the learning rate is multiplied by, above 0. Default 1. */
  readonly rateFactor?: number;
  /** In place of the rule's, for every parameter of the group. Default the rule's, for those of two axes and more. */
  readonly weightDecay?: number;
  /** In place of the rule's. */
  readonly epsilon?: number;
  /**
   * Whether the parameters keep their values, to the bit: no gradient is taken of them, none enters the norm that
   * clipping looks at, and their moments stay as they are. Default false.
   */
  readonly frozen?: boolean;
}

/** How some parameters are updated; what is not said is as the rule has it. Plain data. */
export interface Treatment {
  readonly rateFactor?: number;
  readonly weightDecay?: number;
  readonly epsilon?: number;
  readonly frozen?: true;
}

/** A treatment and its parameters. */
export interface TreatedParameters {
  readonly treatment: Treatment;
  readonly parameters: readonly NamedParameter[];
}

const checkedGroup = (group: ParameterGroup, where: string): ParameterGroup => {
  const schema = fields({
    name: v.optional(text()),
    parameters: such<readonly NamedParameter[]>(
      'a list of parameters, as select(model, pattern) gives it',
      (value) => areParameters(value) && value.length > 0,
    ),
    rateFactor: v.optional(
      finite('numbers > 0 (what is not to be trained is { frozen: true })', (factor) => factor > 0),
    ),
    weightDecay: v.optional(weightDecay()),
    epsilon: v.optional(epsilon()),
    frozen: v.optional(flag()),
  });
  return parseAs(schema, group, where) as ParameterGroup;
};

const checkGroup = (group: ParameterGroup, where: string, rule: UpdateRule): void => {
  const given = checkedGroup(group, where);
  for (const key of ['weightDecay', 'epsilon'] as const) {
    if (given[key] === undefined || (rule.with && Object.hasOwn(rule.options, key))) continue;
    const allowed = `nothing: the rule '${rule.name}' has no ${key} for a group to replace`;
    throw invalidArgument({ what: `${where}.${key}`, received: given[key], allowed });
  }
};

/** The group of each parameter. Throws on groups that are wrong, or that share a parameter. */
const groupOf = (
  parameters: readonly NamedParameter[],
  rule: UpdateRule,
  groups: readonly ParameterGroup[],
): ReadonlyMap<Parameter, ParameterGroup> => {
  check(Array.isArray(groups), 'Optimizer groups', groups, 'a list of groups');
  const known = new Set(parameters.map(({ parameter }) => parameter));
  const found = new Map<Parameter, { group: ParameterGroup; label: string }>();
  for (const [i, group] of groups.entries()) {
    const place = `groups[${i}]`;
    checkGroup(group, place, rule);
    const label = group.name === undefined ? place : `'${group.name}'`;
    for (const { path, parameter } of group.parameters) {
      const other = found.get(parameter);
      if (other && other.group !== group) {
        throw new SteadyformerError(
          `Optimizer: the parameter '${path}' is in two groups, ${other.label} and ${label}; leave it out of one`,
        );
      }
      if (!known.has(parameter)) {
        throw new SteadyformerError(
          `Optimizer: the parameter '${path}' of ${label} is not among those of the optimizer; select it from the same model`,
        );
      }
      found.set(parameter, { group, label });
    }
  }
  return new Map([...found].map(([parameter, { group }]) => [parameter, group]));
};

/**
 * Decay draws products towards zero; a norm's gain, a bias or a scale such as omega it would draw away from what it is
 * there for. All of these have one axis or none, and whatever multiplies a stream has two.
 */
export const decaysByDefault = ({ shape }: Parameter): boolean => shape.length >= 2;

const treatmentOf = (
  parameter: Parameter,
  rule: UpdateRule,
  { rateFactor = 1, weightDecay, epsilon, frozen }: Partial<ParameterGroup>,
): Treatment => {
  if (frozen) return { frozen };
  const { weightDecay: usual, epsilon: usualEpsilon } = rule.options;
  const spared = typeof usual === 'number' && usual > 0 && rule.with && !decaysByDefault(parameter);
  const decay = weightDecay ?? (spared ? 0 : usual);
  return {
    ...(rateFactor === 1 ? {} : { rateFactor }),
    ...(decay === usual ? {} : { weightDecay: decay as number }),
    ...(epsilon === undefined || epsilon === usualEpsilon ? {} : { epsilon }),
  };
};

/**
 * Parameters by how they are updated, in order of the first of each. Weight decay that is the rule's leaves out
 * parameters with fewer than two axes (norms, biases, scales); a group's own takes in all of the group.
 *
 * @throws SteadyformerError on a parameter in two groups, and on a group that is wrong
 */
export const byTreatment = (
  parameters: readonly NamedParameter[],
  rule: UpdateRule,
  groups: readonly ParameterGroup[],
): readonly TreatedParameters[] => {
  const group = groupOf(parameters, rule, groups);
  const found = new Map<string, { treatment: Treatment; parameters: NamedParameter[] }>();
  for (const named of parameters) {
    const treatment = treatmentOf(named.parameter, rule, group.get(named.parameter) ?? {});
    const key = JSON.stringify(treatment);
    const same = found.get(key);
    if (same) same.parameters.push(named);
    else found.set(key, { treatment, parameters: [named] });
  }
  return [...found.values()];
};
