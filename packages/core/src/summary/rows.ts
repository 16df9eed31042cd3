import type { Architecture } from '../models/architecture';
import type { Stacked } from '../models/stacked';
import type { Stack } from '../residual/stack';
import type { NamedParameter, Parameter } from '../state/module';
import { type Entry, holderOf, moduleEntry, stackEntries } from './entries';
import type { TableUse } from './moduleText';
import type { SummaryRow } from './row';

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
    else groups.set(own, () => moduleEntry(model, own, own, useOf(model, own)));
  }
  for (const [name, stack] of Object.entries(stacks)) {
    if (!groups.has(`stack ${name}`)) groups.set(`stack ${name}`, () => stackEntries(name, stack));
  }
  const entries = (await Promise.all([...groups.values()].map((make) => make()))).flat();
  const last = ({ path }: Entry): boolean => !useOf(model, path).input;
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

/**
 * Which tables embed and which make logits, as the model's architecture says; of one without, that called
 * `outputEmbedding` makes logits.
 */
const useOf = <Batch>(model: Stacked<Batch>, path: string): TableUse => {
  const { architecture } = model as { readonly architecture?: Architecture };
  if (architecture?.output === undefined) {
    const output = path === 'outputEmbedding';
    return { input: !output, output };
  }
  const output = architecture.output === path;
  const embeds = Object.values(architecture.stacks).some(({ embedding }) => embedding === path);
  return { input: !output || embeds, output };
};
