import {
  type BranchEvent,
  check,
  isRecord,
  type JoinEvent,
  type Stack,
  type Stacked,
  SteadyformerError,
  type SubLayer,
} from '@steadyformer/core';
import type * as tf from '@tensorflow/tfjs';

/** One residual of a model. */
export interface ResidualSite {
  /** Full dotted path, as probes report it. */
  readonly path: string;
  readonly stackPath: string;
  readonly stack: Stack;
  readonly subLayer: SubLayer;
  /** N: residual branches up to and with this one. */
  readonly depth: number;
}

/** Every residual by path, in forward order of its stack. Throws where the model has none. */
export const residualsOf = <Batch>(
  model: Pick<Stacked<Batch>, 'stacks'>,
  where: string,
): Map<string, ResidualSite> => {
  const known = isRecord(model) && typeof model.stacks === 'function';
  check(
    known,
    `${where} model`,
    model,
    'a model with stacks(), such as transformer(...) or asStacked(stack)',
  );
  const sites = new Map<string, ResidualSite>();
  for (const [stackPath, stack] of Object.entries(model.stacks())) {
    for (const [i, { path, subLayer }] of stack.subLayers().entries()) {
      const full = `${stackPath}.${path}`;
      sites.set(full, { path: full, stackPath, stack, subLayer, depth: i + 1 });
    }
  }
  if (sites.size > 0) return sites;
  throw new SteadyformerError(
    `${where}: the model has no residual sub-layers. Build it from Stack, and name its stacks in stacks().`,
  );
};

/** The site of a probe's event. Throws where the path is not one of the model's. */
export const siteAt = (sites: ReadonlyMap<string, ResidualSite>, path: string): ResidualSite => {
  const site = sites.get(path);
  if (site) return site;
  throw new SteadyformerError(
    `a residual ran at '${path}', which stacks() does not know. Call each stack under its path: scope(context, '<path>').`,
  );
};

/** As `siteAt`, of an event of a measurement. Throws where dropout is on, which would pass for a change of weights. */
export const measuredSite = (
  sites: ReadonlyMap<string, ResidualSite>,
  { path, context }: Pick<BranchEvent, 'path' | 'context'>,
  where: string,
): ResidualSite => {
  if (!context.training) return siteAt(sites, path);
  throw new SteadyformerError(
    `${where}: dropout is on at ${path}: its context says training. Measurements hold without dropout alone: pass the context you are given on to the model as it is.`,
  );
};

/** What enters a stack, as the event of its first residual shows it: several streams enter as copies of one. */
export const inputOf = ({ shortcut, wires }: Pick<JoinEvent, 'shortcut' | 'wires'>): tf.Tensor3D =>
  wires?.before[0] ?? shortcut;

/** The one stream behind a residual, several of them made one as at the end of the stack. The weights of that in place. */
export const outputOf = ({ stack }: ResidualSite, { output, wires }: JoinEvent): tf.Tensor3D =>
  wires ? stack.merge([...wires.behind]) : output;

/** The error of a measurement that is no number. */
export const notFinite = (where: string, path: string, value: number): SteadyformerError =>
  new SteadyformerError(
    `${where}: the measurement at ${path} is ${value}. The activations overflow or the weights are not finite: measure a smaller change, fewer layers or an earlier checkpoint.`,
  );
