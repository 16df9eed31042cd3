import type { SubLayer } from '../residual/subLayer';
import type { Initial, UniformInitial } from '../state/initial';
import type { NamedParameter, Parameter } from '../state/module';
import type { Stacked } from './stacked';

/** What a weight starts at, and who asked for it. */
export interface InitialWeight {
  /** Of the parameter; of columns with a gain of their own, with their role: `...queryKeyValue.weight[query]`. */
  readonly path: string;
  readonly shape: readonly number[];
  /** The columns [from, to) of the parameter, where not all. */
  readonly columns?: readonly [number, number];
  /** How its numbers are drawn. Absent: a parameter of the user's own that does not say. */
  readonly initial?: Exclude<Initial, UniformInitial> | PlainUniform;
  /** Standard deviation of the numbers drawn, 0 of a constant. */
  readonly deviation?: number;
  /** The residual method that asked for the value, the norm or the gain. */
  readonly by?: string;
  /** Whether the value stands only until a profile sets another. */
  readonly profiled?: true;
}

type PlainUniform = Omit<UniformInitial, 'gains'>;

/** Where a parameter lies within a stack. */
interface Site {
  readonly stack: ReturnType<Stacked<never>['stacks']>[string];
  readonly subLayer?: SubLayer;
  /** Below the sub-layer, or the stack. */
  readonly path: string;
}

/** What every weight of a model starts at, in the order of `parameters()`. */
export const initialWeights = <Batch>(model: Stacked<Batch>): InitialWeight[] => {
  const sites = sitesOf(model);
  return model.parameters().flatMap((named) => startsOf(named, sites.get(named.parameter), model));
};

const sitesOf = <Batch>(model: Stacked<Batch>): ReadonlyMap<Parameter, Site> => {
  const sites = new Map<Parameter, Site>();
  const add = (parameter: Parameter, site: Site): void => {
    if (!sites.has(parameter)) sites.set(parameter, site);
  };
  for (const stack of Object.values(model.stacks())) {
    for (const { subLayer } of stack.subLayers()) {
      for (const { path, parameter } of subLayer.occurrences()) add(parameter, { stack, subLayer, path });
    }
    for (const { path, parameter } of stack.occurrences()) add(parameter, { stack, path });
  }
  return sites;
};

const startsOf = <Batch>(
  { path, parameter }: NamedParameter,
  site: Site | undefined,
  model: Stacked<Batch>,
): InitialWeight[] => {
  const { initial } = parameter;
  const shape = [...parameter.shape];
  if (!initial) return [{ path, shape }];
  if (initial.kind === 'constant') {
    const by = site && askedFor(site);
    const { kind } = initial;
    return [{ path, shape, initial: { kind, value: initial.value }, deviation: 0, ...(by ? { by } : {}) }];
  }
  if (initial.kind === 'normal') {
    const by = byGain(initial.gain, embeddingGains(model));
    return [{ path, shape, initial, deviation: Math.abs(initial.deviation), ...by }];
  }
  const { gains, ...drawn } = initial;
  if (!gains) {
    // A linear map is asked for by its name within the branch.
    const role = site?.path.split('.').at(-2) ?? '';
    const by = byGain(drawn.gain, rolesOf(site, role));
    return [{ path, shape, initial: drawn, deviation: deviationOf(drawn.bound), ...by }];
  }
  let from = 0;
  const parts = projectionParts(path, shape);
  return parts.map(({ role, columns }) => {
    const gain = gains[role] ?? 1;
    const bound = drawn.bound * gain;
    const range = [from, from + columns] as const;
    from += columns;
    return {
      path: parts.length === 1 ? path : `${path}[${role}]`,
      shape: [shape[0]!, columns],
      columns: range,
      initial: { ...drawn, bound, gain: (drawn.gain ?? 1) * gain },
      deviation: deviationOf(bound),
      ...byGain(gain, rolesOf(site, role)),
    };
  });
};

/** The roles of a projection's columns, from the left: queries are as wide as the stream, keys as values. */
const projectionParts = (
  path: string,
  [rows, columns]: readonly number[],
): readonly { readonly role: string; readonly columns: number }[] => {
  const keys = /[kK]eyValue\.weight$/.test(path);
  const queries = /query(KeyValue)?\.weight$/.test(path) ? rows! : 0;
  const rest = (columns! - queries) / 2;
  return [
    ...(queries ? [{ role: 'query', columns: queries }] : []),
    ...(keys ? ['key', 'value'].map((role) => ({ role, columns: rest })) : []),
  ];
};

const deviationOf = (bound: number): number => Math.abs(bound) / Math.sqrt(3);

/** Gains by the method that asks for them. */
type Gains = readonly { readonly method: string; readonly gain: number | undefined }[];

/** The method that asked for exactly this gain. */
const byGain = (gain: number | undefined, asked: Gains): { readonly by?: string } => {
  const who = gain === undefined || gain === 1 ? undefined : asked.find((one) => one.gain === gain);
  return who ? { by: who.method } : {};
};

const rolesOf = (site: Site | undefined, role: string): Gains => {
  if (!site?.subLayer) return [];
  const { method } = site.stack;
  const { initGains = {} } = method.plan(site.subLayer.place);
  return [{ method: method.name, gain: Object.hasOwn(initGains, role) ? initGains[role] : undefined }];
};

const embeddingGains = <Batch>(model: Stacked<Batch>): Gains =>
  Object.values(model.stacks()).map((stack) => {
    const { place } = stack.subLayers()[0]!.subLayer;
    return { method: stack.method.name, gain: stack.method.embeddingGain?.(place) };
  });

/** The method, where the residual record or the options of its branches made it ask for this constant. */
const askedFor = ({ stack, subLayer, path }: Site): string | undefined => {
  const [first, second] = path.split('.') as [string, string?];
  const { name } = stack.method;
  if (!subLayer) return first === 'finalNorm' ? name : undefined;
  if (['omega', 'alpha', 'before', 'inside', 'after'].includes(first)) return name;
  const { branchOptions = {} } = stack.method.plan(subLayer.place);
  return first === 'branch' && second && Object.hasOwn(branchOptions, second) ? name : undefined;
};
