import { check, SteadyformerError } from '../checks/errors';
import { type Extent, extentsOf, scalarCount } from '../state/flat';
import { checkSome, type NamedParameter, type Parameter } from '../state/module';
import { byTreatment, type ParameterGroup, type TreatedParameters, type Treatment } from './groups';
import type { UpdateRule } from './rule';

/** A stretch of flat arrays that is updated in one way. */
export interface Segment extends Extent {
  readonly rule: UpdateRule;
  readonly rateFactor: number;
}

/** Where every parameter of an optimizer lies. P = scalars that are trained, F = scalars that are frozen. */
export interface Layout {
  /** All, as they were given: the order of a saved state, [P + F]. */
  readonly all: readonly NamedParameter[];
  /** Those that are trained, as they were given: the order of a gradient, [P]. */
  readonly trained: readonly NamedParameter[];
  /** The same in the order of the flat arrays, [P], in which what is updated alike lies together. */
  readonly flat: readonly NamedParameter[];
  readonly frozen: readonly NamedParameter[];
  readonly segments: readonly Segment[];
  /** How many parameters are updated in a way that is not the rule's, and how. */
  readonly treated: readonly TreatedParameters[];
}

const ruleOf = (rule: UpdateRule, { weightDecay, epsilon }: Treatment): UpdateRule =>
  weightDecay === undefined && epsilon === undefined
    ? rule
    : rule.with!({
        ...(weightDecay === undefined ? {} : { weightDecay }),
        ...(epsilon === undefined ? {} : { epsilon }),
      });

/** Throws on what is no parameter, rule or group, and where nothing is left to train. */
export const layoutOf = (
  all: readonly NamedParameter[],
  rule: UpdateRule,
  groups: readonly ParameterGroup[] = [],
): Layout => {
  checkSome('Optimizer', all);
  check(typeof rule?.coefficients === 'function', 'Optimizer rule', rule, 'a rule, such as radam()');
  const treated = byTreatment(all, rule, groups);
  const frozen = treated.filter(({ treatment }) => treatment.frozen).flatMap(({ parameters }) => parameters);
  const active = treated.filter(({ treatment }) => !treatment.frozen);
  if (active.length === 0)
    throw new SteadyformerError('Optimizer: every parameter is frozen; leave some to train');
  let to = 0;
  const segments = active.map(({ treatment, parameters }): Segment => {
    const from = to;
    to += scalarCount(parameters);
    return { from, to, rule: ruleOf(rule, treatment), rateFactor: treatment.rateFactor ?? 1 };
  });
  const resting = new Set(frozen.map(({ parameter }) => parameter));
  return {
    all,
    trained: all.filter(({ parameter }) => !resting.has(parameter)),
    flat: active.flatMap(({ parameters }) => parameters),
    frozen,
    segments,
    treated: treated.filter(({ treatment }) => Object.keys(treatment).length > 0),
  };
};

/** Where each parameter of one list lies in the flat array of another. */
const placesIn = (list: readonly NamedParameter[]): ReadonlyMap<Parameter, Extent> => {
  const extents = extentsOf(list);
  return new Map(list.map(({ parameter }, i) => [parameter, extents[i]!]));
};

/** The stretches of a gradient, [P], in the order in which the flat arrays have them; neighbours are joined. */
export const gradientStretches = ({ trained, flat }: Layout): readonly Extent[] => {
  const places = placesIn(trained);
  const stretches: Extent[] = [];
  for (const { parameter } of flat) {
    const next = places.get(parameter)!;
    const last = stretches.at(-1);
    if (last?.to === next.from) stretches[stretches.length - 1] = { from: last.from, to: next.to };
    else stretches.push(next);
  }
  return stretches;
};

/** Copies each parameter's stretch of a flat array over `from` to its place in one over `to`, where it has one. */
export const rearrange = (
  source: Float32Array,
  from: readonly NamedParameter[],
  destination: Float32Array,
  to: readonly NamedParameter[],
): void => {
  const places = placesIn(to);
  for (const [parameter, extent] of placesIn(from)) {
    const place = places.get(parameter);
    if (place) destination.set(source.subarray(extent.from, extent.to), place.from);
  }
};
