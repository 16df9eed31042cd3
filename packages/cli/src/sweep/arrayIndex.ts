import { SteadyformerError } from '@steadyformer/core';

/** How a scheduler tells one task of an array job from another. */
interface ArrayVariable {
  readonly name: string;
  readonly scheduler: string;
  /** What it counts from. */
  readonly first: 0 | 1;
  /** What it holds where there is no array. */
  readonly none?: string;
}

export const ARRAY_VARIABLES: readonly ArrayVariable[] = [
  { name: 'SLURM_ARRAY_TASK_ID', scheduler: 'Slurm', first: 0 },
  { name: 'JOB_COMPLETION_INDEX', scheduler: 'Kubernetes', first: 0 },
  { name: 'PBS_ARRAY_INDEX', scheduler: 'PBS', first: 0 },
  { name: 'AWS_BATCH_JOB_ARRAY_INDEX', scheduler: 'AWS Batch', first: 0 },
  { name: 'SGE_TASK_ID', scheduler: 'Grid Engine', first: 1, none: 'undefined' },
  { name: 'LSB_JOBINDEX', scheduler: 'LSF', first: 1, none: '0' },
];

/** The run that an array job's task makes, and the variable that says so. */
export interface ArrayIndex {
  /** From 0, wherever the scheduler counts from. */
  readonly index: number;
  readonly variable: string;
}

/**
 * The index that an array job gives this process; undefined where it is a task of none.
 *
 * @throws SteadyformerError where the variable holds no index, and where two schedulers give one
 */
export const arrayIndex = (
  environment: Readonly<Record<string, string | undefined>>,
): ArrayIndex | undefined => {
  const given = ARRAY_VARIABLES.flatMap((variable) => {
    const value = environment[variable.name] ?? '';
    return value === '' || value === variable.none ? [] : [{ ...variable, value }];
  });
  const [one, other] = given;
  if (!one) return undefined;
  if (other) {
    const both = `${one.name}=${one.value} and ${other.name}=${other.value}`;
    throw new SteadyformerError(`sweep run: received both ${both}; say which run with --index`);
  }
  const { name, value, first } = one;
  const index = /^\d+$/u.test(value) ? Number(value) - first : -1;
  if (index >= 0 && Number.isSafeInteger(index)) return { index, variable: name };
  throw new SteadyformerError(`${name}: received '${value}', allowed whole numbers from ${first}`);
};
