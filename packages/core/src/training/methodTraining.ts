import { check, SteadyformerError } from '../checks/errors';
import { decaysByDefault, type ParameterGroup, type Treatment } from '../optim/groups';
import type { ProjectedParameters } from '../optim/projections';
import type { UpdateRule } from '../optim/rule';
import type { TrainingFactors } from '../residual/training';
import { areParameters, Module, type NamedParameter, type Parameter } from '../state/module';
import { factorsOf, projectionOf } from './factors';
import { type MethodSite, modelSites } from './modelSites';

/** How a model's residual methods have its parameters trained, as options of `Optimizer`. */
export interface MethodTraining {
  readonly groups: readonly ParameterGroup[];
  readonly projections: readonly ProjectedParameters[];
}

/** The one group that each parameter is in; what is wrong with the others is for the optimizer to say. */
const ownGroups = (groups: readonly ParameterGroup[]): ReadonlyMap<Parameter, ParameterGroup | 'several'> => {
  const found = new Map<Parameter, ParameterGroup | 'several'>();
  for (const group of groups) {
    const parameters = Object(group).parameters as unknown;
    if (!areParameters(parameters)) continue;
    for (const { parameter } of parameters) found.set(parameter, found.has(parameter) ? 'several' : group);
  }
  return found;
};

/** What the rule has under this name, for a factor to multiply. */
const ruleValue = (
  rule: UpdateRule,
  key: 'epsilon' | 'weightDecay',
  { method }: MethodSite,
): number | undefined => {
  const value = rule.options[key];
  if (typeof value === 'number' && rule.with) return value;
  if (key === 'weightDecay' && value === undefined) return undefined;
  throw new SteadyformerError(
    `the method '${method.name}' multiplies the ${key} of parameters, which the rule '${rule.name}' does not have; ` +
      'its factors are those of Adam: use adam() or radam()',
  );
};

/** How a parameter is updated by the rule, its group and the method's factors together. */
const treatmentOf = (
  site: MethodSite,
  { rateFactor, epsilonFactor, weightDecayFactor }: Required<TrainingFactors>,
  rule: UpdateRule,
  group: Partial<ParameterGroup>,
): Treatment => {
  const rate = (group.rateFactor ?? 1) * rateFactor;
  const epsilon = epsilonFactor === 1 ? group.epsilon : (group.epsilon ?? ruleValue(rule, 'epsilon', site));
  // A norm, bias or scale is not decayed unless its group says so.
  const multiplied = weightDecayFactor !== 1 && decaysByDefault(site.named.parameter);
  const decay = group.weightDecay ?? (multiplied ? ruleValue(rule, 'weightDecay', site) : undefined);
  return {
    rateFactor: rate,
    ...(epsilon === undefined ? {} : { epsilon: epsilon * epsilonFactor }),
    ...(decay === undefined ? {} : { weightDecay: decay * weightDecayFactor }),
  };
};

/** The groups of the user with the method's factors; `groups` as they are where there are none. */
const groupsOf = (
  sites: readonly MethodSite[],
  rule: UpdateRule,
  groups: readonly ParameterGroup[],
): readonly ParameterGroup[] => {
  const own = ownGroups(groups);
  const made = new Map<string, Treatment & { name: string; parameters: NamedParameter[] }>();
  for (const site of sites) {
    const factors = factorsOf(site);
    const group = own.get(site.named.parameter);
    if (!factors || group === 'several' || group?.frozen) continue;
    const treatment = treatmentOf(site, factors, rule, group ?? {});
    const { role, stack } = site.site;
    const what = role === 'embedding' || role === 'output' ? role : `${role} of the ${stack.stack}`;
    const name = [group?.name, `${what}, by ${site.method.name}`].filter(Boolean).join(': ');
    const key = JSON.stringify([name, treatment]);
    const same = made.get(key);
    if (same) same.parameters.push(site.named);
    else made.set(key, { name, ...treatment, parameters: [site.named] });
  }
  if (made.size === 0) return groups;
  const taken = new Set(
    [...made.values()].flatMap(({ parameters }) => parameters.map((named) => named.parameter)),
  );
  const left = groups.flatMap((group) => {
    if (!areParameters(Object(group).parameters)) return [group];
    const parameters = group.parameters.filter(({ parameter }) => !taken.has(parameter));
    return parameters.length === 0 && group.parameters.length > 0 ? [] : [{ ...group, parameters }];
  });
  return [...left, ...made.values()];
};

const projectionsOf = (sites: readonly MethodSite[]): readonly ProjectedParameters[] =>
  sites.flatMap((site) => {
    const projection = projectionOf(site);
    return projection ? [{ ...projection, parameters: [site.named] }] : [];
  });

/**
 * How the residual methods of a model's stacks have its parameters trained: `new Optimizer(model.parameters(), rule,
 * methodTraining(model, rule))`. A method's factors multiply what a parameter would have without them, which is what the
 * rule says or, of the user's own `groups`, what its group says; no parameter is in two groups, and frozen ones stay frozen.
 * Without a method that says anything the groups are those given.
 *
 * @throws SteadyformerError on what is no module, where a method of the user's own says what cannot be, and where its factors
 *   are of an epsilon that the rule does not have
 */
export const methodTraining = (
  model: Module,
  rule: UpdateRule,
  groups: readonly ParameterGroup[] = [],
): MethodTraining => {
  check(model instanceof Module, 'methodTraining() model', model, 'a Module, such as transformer(...)');
  check(typeof rule?.coefficients === 'function', 'methodTraining() rule', rule, 'a rule, such as adam()');
  check(Array.isArray(groups), 'methodTraining() groups', groups, 'a list of groups');
  const sites = modelSites(model);
  return { groups: groupsOf(sites, rule, groups), projections: projectionsOf(sites) };
};
