import { TokenEmbedding } from '../layers/tokenEmbedding';
import type { Architecture } from '../models/architecture';
import { asStacked, type Stacked } from '../models/stacked';
import type { StackPlace } from '../residual/place';
import type { ResidualMethod } from '../residual/residual';
import { Stack } from '../residual/stack';
import type { TrainingSite } from '../residual/training';
import type { Module, NamedParameter, Parameter } from '../state/module';
import { siteIn } from './sites';

/** A parameter that a method has something to say about. */
export interface MethodSite {
  readonly named: NamedParameter;
  readonly site: TrainingSite;
  readonly method: ResidualMethod;
}

/** The stacks of a model; none of what has none. */
const stacksOf = (model: Module): Readonly<Record<string, Stack>> => {
  if (model instanceof Stack) return asStacked(model).stacks();
  const { stacks } = model as Partial<Stacked<unknown>>;
  return typeof stacks === 'function' ? stacks.call(model) : {};
};

/** The place that a stack's first sub-layer says of it. */
const placeOf = (stack: Stack): StackPlace => {
  const { stack: name, depth, causal, reads, readBy } = stack.subLayers()[0]!.subLayer.place;
  return { stack: name, depth, causal, reads, readBy };
};

/** A table's stack, and whether it only makes logits. */
interface TableUse {
  readonly stack: Stack;
  readonly role: 'embedding' | 'output';
}

/**
 * Who speaks for tables: the first stack that one feeds, as for its initial gain; for one that only makes logits, the last
 * stack. Of a model without an architecture the table called `outputEmbedding` makes logits.
 */
const tableUses = (model: Module, stacks: Readonly<Record<string, Stack>>): ReadonlyMap<Module, TableUse> => {
  const uses = new Map<Module, TableUse>();
  const all = Object.values(stacks);
  const { architecture } = model as { readonly architecture?: Architecture };
  for (const [name, { embedding }] of Object.entries(architecture?.stacks ?? {})) {
    const table = embedding === undefined ? undefined : model.at(embedding);
    if (table && !uses.has(table)) uses.set(table, { stack: stacks[name]!, role: 'embedding' });
  }
  for (const [name, part] of Object.entries(model)) {
    if (!(part instanceof TokenEmbedding) || uses.has(part)) continue;
    const output = architecture ? true : name === 'outputEmbedding';
    uses.set(part, { stack: output ? all.at(-1)! : all[0]!, role: output ? 'output' : 'embedding' });
  }
  return uses;
};

/** The parameters that belong to stacks, feed them or read them, each once, in the order of the model's. */
export const modelSites = (model: Module): readonly MethodSite[] => {
  const stacks = stacksOf(model);
  const found = new Map<Parameter, Omit<MethodSite, 'named'>>();
  const add = (parameter: Parameter, entry: Omit<MethodSite, 'named'>): void => {
    if (!found.has(parameter)) found.set(parameter, entry);
  };
  for (const stack of Object.values(stacks)) {
    const { method, width } = stack;
    for (const { subLayer } of stack.subLayers()) {
      for (const named of subLayer.occurrences()) {
        add(named.parameter, { method, site: siteIn(subLayer, named, width) });
      }
    }
    for (const { path, parameter } of stack.occurrences()) {
      const role = path.startsWith('finalNorm.') ? 'norm' : 'other';
      const shape = [...parameter.shape];
      add(parameter, { method, site: { stack: placeOf(stack), role, path, shape, width } });
    }
  }
  for (const [table, { stack, role }] of tableUses(model, stacks)) {
    for (const { path, parameter } of table.occurrences()) {
      const { method, width } = stack;
      const shape = [...parameter.shape];
      add(parameter, { method, site: { stack: placeOf(stack), role, path, shape, width } });
    }
  }
  const parameters = model instanceof Stack ? asStacked(model).parameters() : model.parameters();
  return parameters.flatMap((named) => {
    const entry = found.get(named.parameter);
    return entry ? [{ named, ...entry }] : [];
  });
};
