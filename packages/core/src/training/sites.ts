import { projectionParts } from '../layers/columns';
import { FeedForward } from '../layers/feedForward';
import { LayerNorm } from '../layers/layerNorm';
import { Linear } from '../layers/linear';
import { RmsNorm } from '../layers/rmsNorm';
import { ScaleNorm } from '../layers/scaleNorm';
import type { SubLayer } from '../residual/subLayer';
import type { ParameterRole, TrainingSite } from '../residual/training';
import type { Module, NamedParameter } from '../state/module';

/** The module at a path below a sub-layer; undefined where a list or record stands there. */
const moduleAt = (within: Module, path: string): Module | undefined => {
  try {
    return within.at(path);
  } catch {
    return undefined;
  }
};

const parentOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('.')));

const isNorm = (holder: Module | undefined, path: string): boolean =>
  [LayerNorm, RmsNorm, ScaleNorm].some((norm) => holder instanceof norm) ||
  // One of the user's own, by the slot that it stands in.
  /^(before|inside|after)\.|(^|\.)\w*[nN]orm\./.test(path);

const roleIn = (subLayer: SubLayer, { path, parameter }: NamedParameter): ParameterRole => {
  const parent = parentOf(path);
  const holder = moduleAt(subLayer, parent);
  // omega, alpha and the like lie in the sub-layer itself.
  if (parent === '' || /[sS]cale$/.test(path)) return 'scale';
  if (isNorm(holder, path)) return 'norm';
  // What reads, carries and writes several streams.
  if (path.startsWith('wires.')) return 'other';
  if (holder instanceof Linear) return holder.weight === parameter ? 'matrix' : 'bias';
  // A bias of scores by distance, [buckets, H].
  if (path.endsWith('relativeTable')) return 'other';
  return parameter.shape.length >= 2 ? 'matrix' : 'other';
};

/** Columns of the matrices that stand side by side: those of attention, and the two of a gate. */
const columnsIn = (subLayer: SubLayer, { path, parameter }: NamedParameter): readonly number[] => {
  const all = parameter.shape.at(-1)!;
  const holder = moduleAt(subLayer, parentOf(parentOf(path)));
  const parts = projectionParts(path, parameter.shape, holder).map(({ columns }) => columns);
  if (parts.length > 0) return parts;
  const gated = holder instanceof FeedForward && holder.inner.weight === parameter;
  const hidden = gated ? holder.outer.weight.shape[0]! : all;
  return Array.from({ length: all / hidden }, () => hidden);
};

/** What a method sees of a parameter of a sub-layer; `named` is its path below the sub-layer. */
export const siteIn = (subLayer: SubLayer, named: NamedParameter, width: number): TrainingSite => {
  const { place } = subLayer;
  const { stack, depth, causal, reads, readBy } = place;
  const role = roleIn(subLayer, named);
  return {
    stack: { stack, depth, causal, reads, readBy },
    place,
    role,
    path: named.path,
    shape: [...named.parameter.shape],
    ...(role === 'matrix' && named.parameter.shape.length === 2
      ? { columns: columnsIn(subLayer, named) }
      : {}),
    width,
  };
};
