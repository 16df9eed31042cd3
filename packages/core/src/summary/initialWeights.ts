import { projectionParts } from '../layers/columns';
import type { Stacked } from '../models/stacked';
import type { Initial, UniformInitial } from '../state/initial';
import type { NamedParameter } from '../state/module';
import { byGain, constantBy, embeddingGains, gainsOf, isProfiled, type Site, sitesOf } from './askedBy';

/** What a weight starts at, and who asked for it. */
export interface InitialWeight {
  /** Of the parameter; of columns with a gain of their own, with their role: `...queryKeyValue.weight[query]`. */
  readonly path: string;
  readonly shape: readonly number[];
  /** The columns [from, to) of the parameter, where not all. */
  readonly columns?: readonly [number, number];
  /** How its numbers are drawn. Absent: a parameter of the user's own that does not say. */
  readonly initial?: Exclude<Initial, UniformInitial> | PlainUniform;
  /** Standard deviation of the numbers drawn, 0 of those that are not. */
  readonly deviation?: number;
  /** The residual method that asked for the value, the norm or the gain. */
  readonly by?: string;
  /** Whether the value stands only until a profile sets another. */
  readonly profiled?: true;
}

type PlainUniform = Omit<UniformInitial, 'gains'>;

/** What every weight of a model starts at, in the order of `parameters()`. */
export const initialWeights = <Batch>(model: Stacked<Batch>): InitialWeight[] => {
  const sites = sitesOf(model);
  return model.parameters().flatMap((named) => startsOf(named, sites.get(named.parameter), model));
};

const startsOf = <Batch>(
  { path, parameter }: NamedParameter,
  site: Site | undefined,
  model: Stacked<Batch>,
): InitialWeight[] => {
  const { initial } = parameter;
  const shape = [...parameter.shape];
  if (!initial) return [{ path, shape }];
  if (initial.kind === 'constant' || initial.kind === 'given') {
    const profiled = isProfiled(site) ? { profiled: true as const } : {};
    return [{ path, shape, initial, deviation: 0, ...constantBy(site), ...profiled }];
  }
  if (initial.kind === 'normal') {
    const by = byGain(initial.gain, () => embeddingGains(model));
    return [{ path, shape, initial, deviation: Math.abs(initial.deviation), ...by }];
  }
  const { gains, ...drawn } = initial;
  if (gains) return projectionStarts({ path, shape, drawn, gains, site });
  // A method asks for a linear map by its name within the branch.
  const role = site?.path.split('.').at(-2) ?? '';
  const by = byGain(drawn.gain, () => gainsOf(site, role));
  return [{ path, shape, initial: drawn, deviation: deviationOf(drawn.bound), ...by }];
};

interface Projection {
  readonly path: string;
  readonly shape: readonly number[];
  readonly drawn: PlainUniform;
  readonly gains: Readonly<Record<string, number>>;
  readonly site: Site | undefined;
}

const projectionStarts = ({ path, shape, drawn, gains, site }: Projection): InitialWeight[] => {
  // The attention holds the projection that holds the weight.
  const holder = site?.subLayer?.at(site.path.split('.').slice(0, -2).join('.'));
  const parts = projectionParts(path, shape, holder);
  let from = 0;
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
      ...byGain(gain, () => gainsOf(site, role)),
    };
  });
};

const deviationOf = (bound: number): number => Math.abs(bound) / Math.sqrt(3);
