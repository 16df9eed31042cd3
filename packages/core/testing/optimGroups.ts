import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
import type { ParameterGroup } from '../src/optim/groups';
import { type NamedParameter, Parameter } from '../src/state/module';
import { read } from './numbers';

interface Reference {
  readonly learningRate: number;
  readonly clip: number;
  readonly shapes: Readonly<Record<string, number[]>>;
  readonly start: Readonly<Record<string, number[]>>;
  readonly gradients: number[][];
  readonly runs: Readonly<Record<string, { weights: number[][]; norms: number[] }>>;
}

// Written by fixtures/make_groups.py: torch.optim with parameter groups.
export const reference: Reference = JSON.parse(
  readFileSync(new URL('../fixtures/optimGroups.json', import.meta.url), 'utf8'),
) as Reference;
/** Scalars of all parameters. */
export const SIZE: number = reference.gradients[0]!.length;

/** The parameters of the fixture: first, bias, fixed, second, scale. */
export const made = (): NamedParameter[] =>
  Object.entries(reference.shapes).map(([path, shape]) => ({
    path,
    parameter: new Parameter(tf.tensor(reference.start[path]!, shape, 'float32')),
  }));
export const pick = (all: readonly NamedParameter[], ...paths: string[]): NamedParameter[] =>
  all.filter(({ path }) => paths.includes(path));
export const values = (all: readonly NamedParameter[]): number[] =>
  all.flatMap(({ parameter }) => read(parameter.value));

/** The groups of the fixture's `groups_of`. */
export const groupsOf =
  (weightDecay: number): ((all: readonly NamedParameter[]) => ParameterGroup[]) =>
  (all) => {
    const decay = (value: number): object => (weightDecay === 0 ? {} : { weightDecay: value });
    return [
      { parameters: pick(all, 'first', 'second'), rateFactor: 2, ...decay(weightDecay) },
      {
        parameters: pick(all, 'bias'),
        ...decay(2 * weightDecay),
        ...(weightDecay === 0 ? {} : { epsilon: 1e-3 }),
      },
      { parameters: pick(all, 'scale'), rateFactor: 0.5, ...decay(0) },
      { parameters: pick(all, 'fixed'), frozen: true },
    ];
  };
