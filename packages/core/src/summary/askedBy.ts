import type { Stacked } from '../models/stacked';
import type { Stack } from '../residual/stack';
import type { SubLayer } from '../residual/subLayer';
import type { Parameter } from '../state/module';

/** Where a parameter lies within a stack. */
export interface Site {
  readonly stack: Stack;
  readonly subLayer?: SubLayer;
  /** Below the sub-layer, or else the stack. */
  readonly path: string;
}

/** The parameters of a model's stacks, each where it lies first. */
export const sitesOf = <Batch>(model: Stacked<Batch>): ReadonlyMap<Parameter, Site> => {
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

/** The name of the method that asked for something. */
export interface AskedBy {
  readonly by?: string;
}

/** Gains, with the name of the method that asks for them. */
export type Gains = readonly { readonly method: string; readonly gain: number | undefined }[];

/** The method that asked for exactly this gain. */
export const byGain = (gain: number | undefined, asked: () => Gains): AskedBy => {
  const who = gain === undefined || gain === 1 ? undefined : asked().find((one) => one.gain === gain);
  return who ? { by: who.method } : {};
};

/** The gain that a role has in the plan of its sub-layer. */
export const gainsOf = (site: Site | undefined, role: string): Gains => {
  if (!site?.subLayer) return [];
  const { method } = site.stack;
  const { initGains = {} } = method.plan(site.subLayer.place);
  return [{ method: method.name, gain: Object.hasOwn(initGains, role) ? initGains[role] : undefined }];
};

/** The gains for the embeddings in front of the stacks. */
export const embeddingGains = <Batch>(model: Stacked<Batch>): Gains =>
  Object.values(model.stacks()).map((stack) => {
    const { place } = stack.subLayers()[0]!.subLayer;
    return { method: stack.method.name, gain: stack.method.embeddingGain?.(place) };
  });

/** The method, where the residual record or the options of its branches made it ask for these numbers. */
export const constantBy = (site: Site | undefined): AskedBy => {
  if (!site) return {};
  const { stack, subLayer, path } = site;
  const by = stack.method.name;
  const [first, second] = path.split('.') as [string, string?];
  if (!subLayer) return first === 'finalNorm' || first === 'leave' ? { by } : {};
  if (['omega', 'alpha', 'readScale', 'before', 'inside', 'after', 'wires'].includes(first)) return { by };
  const { branchOptions = {} } = stack.method.plan(subLayer.place);
  const option = second === 'queryNorm' || second === 'keyNorm' ? 'queryKeyNorm' : second;
  return first === 'branch' && option && Object.hasOwn(branchOptions, option) ? { by } : {};
};

/** Whether a shortcut scale stays what it is only until a profile sets it. */
export const isProfiled = (site: Site | undefined): boolean => {
  const scale = site?.subLayer?.residual.shortcutScale;
  return site?.path === 'omega' && !!scale && 'initial' in scale && scale.initial === 'profiled';
};
