import { formulaOf, normName, spreadOf } from '../residual/formula';
import type { Stack } from '../residual/stack';
import type { SubLayer } from '../residual/subLayer';
import type { Module, NamedParameter, Parameter } from '../state/module';
import { branchNote, moduleText, type TableUse } from './moduleText';
import type { SummaryRow } from './row';

/** A row whose parameters are not counted yet. */
export interface Entry extends Omit<SummaryRow, 'parameters'> {
  readonly holds: readonly NamedParameter[];
}

/** The path of what holds a parameter; of one in the model's own fields, its own. */
export const holderOf = (path: string): string => path.replace(/\.?[^.]*$/, '') || path;

/** The row of what holds parameters at `below`, shown as `path`. */
export const moduleEntry = (
  within: Module,
  below: string,
  path: string,
  use: TableUse,
  stack?: string,
): Entry[] => {
  const holds = within.occurrences().flatMap((named) => {
    if (holderOf(named.path) !== below) return [];
    return [{ ...named, path: named.path.slice(named.path.lastIndexOf('.') + 1) }];
  });
  return [{ path, ...(stack ? { stack } : {}), ...moduleText(moduleAt(within, below), use), holds }];
};

/** What is there, unless it is a list or record of modules, or the parameter itself. */
const moduleAt = (within: Module, path: string): Module | undefined => {
  try {
    return within.at(path);
  } catch {
    return undefined;
  }
};

const EMBEDS: TableUse = { input: true, output: false };

/** The rows of a stack. */
export const stackEntries = async (name: string, stack: Stack): Promise<Entry[]> => {
  const subLayers = await Promise.all(
    stack.subLayers().map(({ path, subLayer }) => subLayerEntry(stack, name, `${name}.${path}`, subLayer)),
  );
  const others = [...new Set(stack.occurrences().map(({ path }) => holderOf(path)))].filter(
    (path) => !/^(layers\.|finalNorm(\.|$))/.test(path),
  );
  const { finalNorm, finalNormSpec: norm } = stack;
  const final: Entry[] = finalNorm
    ? [
        {
          path: `${name}.finalNorm`,
          stack: name,
          formula: `x' = ${norm ? normName(norm) : 'norm'}(x)`,
          notes: [],
          holds: finalNorm.occurrences(),
        },
      ]
    : [];
  return [
    ...subLayers,
    ...final,
    ...others.flatMap((path) => moduleEntry(stack, path, `${name}.${path}`, EMBEDS, name)),
  ];
};

const subLayerEntry = async (
  { method }: Stack,
  stack: string,
  path: string,
  subLayer: SubLayer,
): Promise<Entry> => {
  const planned = method.plan(subLayer.place).branchOptions ?? {};
  const read = async (scale: Parameter | undefined) => scale && spreadOf(await scale.variable.data());
  const [omega, alpha, rho, branch] = await Promise.all([
    read(subLayer.omega),
    read(subLayer.alpha),
    read(subLayer.readScale),
    branchNote(subLayer.branch, planned),
  ]);
  const { formula, notes } = formulaOf(subLayer.residual, { omega, alpha, rho });
  const { skipRate } = subLayer;
  const skipped = skipRate > 0 ? [`f skipped at rate ${Number(skipRate.toPrecision(3))}`] : [];
  return {
    path,
    stack,
    formula,
    notes: [...notes, ...branch, ...skipped],
    ...(omega ? { omega } : {}),
    ...(alpha ? { alpha } : {}),
    holds: subLayer.occurrences(),
  };
};
