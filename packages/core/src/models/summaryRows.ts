import { formulaOf, normName, spreadOf } from '../residual/formula';
import type { Stack } from '../residual/stack';
import type { SubLayer } from '../residual/subLayer';
import type { Module, NamedParameter, Parameter } from '../state/module';
import { branchNote, moduleText } from './moduleText';
import type { Stacked } from './stacked';
import type { SummaryRow } from './summary';

/** A row whose parameters are not counted yet. */
interface Entry extends Omit<SummaryRow, 'parameters'> {
  readonly holds: readonly NamedParameter[];
}

/** The rows of a model, every parameter counted in the first that holds it. */
export const summaryRows = async <Batch>(model: Stacked<Batch>): Promise<SummaryRow[]> => {
  const owners = new Map<Parameter, string>();
  const rows: SummaryRow[] = [];
  for (const { holds, notes, ...row } of await entriesOf(model)) {
    const shared = sharedNotes(holds, owners);
    let parameters = 0;
    for (const { parameter } of holds) {
      if (owners.has(parameter)) continue;
      owners.set(parameter, row.path);
      parameters += parameter.size;
    }
    rows.push({ ...row, parameters, notes: [...notes, ...shared] });
  }
  return rows;
};

/** `alpha of encoder.layers.0.selfAttention`: what a row above holds as well. */
const sharedNotes = (
  holds: readonly NamedParameter[],
  owners: ReadonlyMap<Parameter, string>,
): readonly string[] => {
  const notes = holds.flatMap(({ path, parameter }) => {
    const owner = owners.get(parameter);
    return owner === undefined
      ? []
      : [`${/^(omega|alpha|table)$/.test(path) ? path : 'weights'} of ${owner}`];
  });
  return [...new Set(notes)];
};

/** Stacks and what stands beside them, in the order of the model's fields. */
const entriesOf = async <Batch>(model: Stacked<Batch>): Promise<Entry[]> => {
  const stacks = model.stacks();
  const inside = insideOf(stacks);
  const groups = new Map<string, () => Promise<Entry[]> | Entry[]>();
  for (const { path, parameter } of model.occurrences()) {
    const home = inside.get(parameter)?.find(({ below }) => path === below || path.endsWith(`.${below}`));
    const own = holderOf(path);
    if (home) groups.set(`stack ${home.stack}`, () => stackEntries(home.stack, stacks[home.stack]!));
    else groups.set(own, () => moduleEntry(model, own, own));
  }
  for (const [name, stack] of Object.entries(stacks)) {
    if (!groups.has(`stack ${name}`)) groups.set(`stack ${name}`, () => stackEntries(name, stack));
  }
  const entries = (await Promise.all([...groups.values()].map((make) => make()))).flat();
  const last = ({ path }: Entry): boolean => path.endsWith('outputEmbedding');
  return [...entries.filter((entry) => !last(entry)), ...entries.filter(last)];
};

/** Where the parameters of stacks lie: in which, and under which path below it. */
const insideOf = (
  stacks: Readonly<Record<string, Stack>>,
): ReadonlyMap<Parameter, readonly { readonly stack: string; readonly below: string }[]> => {
  const inside = new Map<Parameter, { readonly stack: string; readonly below: string }[]>();
  for (const [name, stack] of Object.entries(stacks)) {
    for (const { path, parameter } of stack.occurrences()) {
      inside.set(parameter, [...(inside.get(parameter) ?? []), { stack: name, below: path }]);
    }
  }
  return inside;
};

/** The path of what holds a parameter; of one in the model's own fields, its own. */
const holderOf = (path: string): string => path.replace(/\.?[^.]*$/, '') || path;

const moduleEntry = (within: Module, below: string, path: string, stack?: string): Entry[] => {
  const holds = within.occurrences().flatMap((named) => {
    if (holderOf(named.path) !== below) return [];
    return [{ ...named, path: named.path.slice(named.path.lastIndexOf('.') + 1) }];
  });
  return [{ path, ...(stack ? { stack } : {}), ...moduleText(moduleAt(within, below), path), holds }];
};

/** What is there, unless it is a list or record of modules, or the parameter itself. */
const moduleAt = (within: Module, path: string): Module | undefined => {
  try {
    return within.at(path);
  } catch {
    return undefined;
  }
};

const stackEntries = async (name: string, stack: Stack): Promise<Entry[]> => {
  const subLayers = await Promise.all(
    stack.subLayers().map(({ path, subLayer }) => subLayerEntry(stack, name, `${name}.${path}`, subLayer)),
  );
  const others = [...new Set(stack.occurrences().map(({ path }) => holderOf(path)))].filter(
    (path) => !path.startsWith('layers.') && path !== 'finalNorm',
  );
  const { finalNorm } = stack;
  const norm = stack.subLayers().at(-1)!.subLayer.residual.before;
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
    ...others.flatMap((path) => moduleEntry(stack, path, `${name}.${path}`, name)),
  ];
};

const subLayerEntry = async (
  { method }: Stack,
  stack: string,
  path: string,
  subLayer: SubLayer,
): Promise<Entry> => {
  const planned = method.plan(subLayer.place).branchOptions?.innerNorm;
  const read = async (scale: Parameter | undefined) => scale && spreadOf(await scale.variable.data());
  const [omega, alpha, branch] = await Promise.all([
    read(subLayer.omega),
    read(subLayer.alpha),
    branchNote(subLayer.branch, planned),
  ]);
  const { formula, notes } = formulaOf(subLayer.residual, { omega, alpha });
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
