import { digits } from '../residual/formula';
import type { ParameterRole, TrainingFactors } from '../residual/training';
import type { Module } from '../state/module';
import { factorsOf, projectionOf } from '../training/factors';
import { modelSites } from '../training/modelSites';

/** Parameters that a method has trained in one way of its own. */
export interface TrainingRow extends TrainingFactors {
  /** The method that says so. */
  readonly by: string;
  readonly stack: string;
  readonly role: ParameterRole;
  /** Where they are brought back to after every update. */
  readonly projection?: string;
  readonly paths: readonly string[];
}

/** What the methods of a model's stacks say of training, in the order of the first parameter of each. */
export const trainingRows = (model: Module): TrainingRow[] => {
  const rows = new Map<string, Omit<TrainingRow, 'paths'> & { paths: string[] }>();
  for (const entry of modelSites(model)) {
    const factors = Object.entries(factorsOf(entry) ?? {}).filter(([, value]) => value !== 1);
    const projection = projectionOf(entry)?.name;
    if (factors.length === 0 && projection === undefined) continue;
    const { role, stack } = entry.site;
    const row = {
      ...{ by: entry.method.name, stack: stack.stack, role },
      ...(Object.fromEntries(factors) as TrainingFactors),
      ...(projection === undefined ? {} : { projection }),
    };
    const key = JSON.stringify(row);
    const same = rows.get(key);
    if (same) same.paths.push(entry.named.path);
    else rows.set(key, { ...row, paths: [entry.named.path] });
  }
  return [...rows.values()];
};

const NAMES = { rateFactor: 'rate', epsilonFactor: 'epsilon', weightDecayFactor: 'decay' } as const;

/** The cells of a row: who, which parameters, and how. */
export const trainingCells = (row: TrainingRow): string[] => {
  const keys = Object.keys(NAMES) as (keyof typeof NAMES)[];
  const factors = keys.flatMap((key) => {
    const value = row[key];
    return value === undefined ? [] : [`${NAMES[key]} x ${digits(value)}`];
  });
  const how = [...factors, ...(row.projection === undefined ? [] : [`kept at ${row.projection}`])];
  return [row.by, row.stack, `${row.role} (${row.paths.length})`, how.join(', ')];
};
