import { parseAs, type StateDict, SteadyformerError, such } from '@steadyformer/core';
import { type Checkpoint, checkpointParts } from './checkpoint';

type Sums = ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float64Array }>;

const refuse = (which: number, why: string): never => {
  throw new SteadyformerError(
    `averageCheckpoints(): checkpoint ${which} ${why}. Average checkpoints of one run, each of them whole.`,
  );
};

/** The path of the first value in which two JSON values differ; undefined where they are equal. */
const difference = (a: unknown, b: unknown, path: string): string | undefined => {
  if (typeof a !== 'object' || typeof b !== 'object' || !a || !b) return a === b ? undefined : path;
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const below = (value: object): unknown => (value as Readonly<Record<string, unknown>>)[key];
    const found = difference(below(a), below(b), `${path}.${key}`);
    if (found !== undefined) return found;
  }
  return undefined;
};

/** Throws where an array is not what its shape says, or has what has no mean. */
const checkArray = (which: number, path: string, array: StateDict[string]): void => {
  const { shape, data }: Partial<StateDict[string]> = array ?? {};
  const size = Array.isArray(shape) ? shape.reduce((product, length) => product * length, 1) : -1;
  if (!(data instanceof Float32Array) || data.length !== size) {
    refuse(which, `has an array '${path}' that is not as its shape says`);
  } else if (!data.every(Number.isFinite)) refuse(which, `has numbers in '${path}' that are not finite`);
};

const checkPaths = (which: number, parameters: StateDict, sums: Sums): void => {
  const lost = [...sums.keys()].find((path) => !Object.hasOwn(parameters, path));
  if (lost !== undefined) refuse(which, `lacks '${lost}', which the first one has`);
  for (const [path, { shape }] of Object.entries(parameters)) {
    const first = sums.get(path);
    if (!first) refuse(which, `has '${path}', which the first one lacks`);
    else if (String(first.shape) !== String(shape)) {
      refuse(which, `has '${path}' of shape [${shape}], the first one of shape [${first.shape}]`);
    }
  }
};

const iterable = () =>
  such<Iterable<Checkpoint | Promise<Checkpoint>> | AsyncIterable<Checkpoint>>(
    'checkpoints, in an array or as an (async) iterable',
    (value) =>
      typeof value === 'object' &&
      value !== null &&
      (Symbol.iterator in value || Symbol.asyncIterator in value),
  );

/**
 * The mean of the weights of several checkpoints of one model, which often translates better than the last of them
 * (Vaswani et al. 2017, section 6.1, average the last 5 or 20). Of the checkpoints one is held at a time, where they
 * come as they are asked for, beside a sum in double precision: 8 bytes a weight. Equal checkpoints have that
 * checkpoint as their mean, to the bit.
 *
 * @returns a checkpoint for use: without the state of a training; with the profile where it is that of all
 * @throws SteadyformerError for none, and for one of another config, vocabulary, paths or shapes than the first or
 *   with weights that are not finite, naming it and what differs
 */
export const averageCheckpoints = async (
  checkpoints: Iterable<Checkpoint | Promise<Checkpoint>> | AsyncIterable<Checkpoint>,
): Promise<Checkpoint> => {
  const sums = new Map<string, { readonly shape: number[]; readonly data: Float64Array }>();
  let first: Pick<Checkpoint, 'config' | 'vocabulary' | 'profile'> | undefined;
  let said: ReturnType<typeof checkpointParts>['said'] | undefined;
  let sameProfile = true;
  let count = 0;
  for await (const checkpoint of parseAs(iterable(), checkpoints, 'averageCheckpoints() checkpoints')) {
    count++;
    const { said: own } = checkpointParts(checkpoint);
    const { config, vocabulary, profile, parameters } = checkpoint;
    for (const [path, array] of Object.entries(parameters)) checkArray(count, path, array);
    if (!first || !said) {
      first = { config, vocabulary, ...(profile ? { profile } : {}) };
      said = own;
      for (const [path, { shape, data }] of Object.entries(parameters)) {
        sums.set(path, { shape: [...shape], data: Float64Array.from(data) });
      }
      continue;
    }
    const where =
      difference(said.config, own.config, 'config') ??
      difference(said.vocabulary, own.vocabulary, 'vocabulary');
    if (where !== undefined) refuse(count, `differs from the first one in ${where}`);
    checkPaths(count, parameters, sums);
    sameProfile &&= difference(said.profile, own.profile, '') === undefined;
    for (const [path, { data: sum }] of sums) {
      const { data } = parameters[path]!;
      for (let i = 0; i < sum.length; i++) sum[i]! += data[i]!;
    }
  }
  if (!first) {
    throw new SteadyformerError('averageCheckpoints(): received no checkpoints, allowed one or more');
  }
  const parameters: Record<string, StateDict[string]> = {};
  for (const [path, { shape, data }] of sums) {
    parameters[path] = { shape, data: Float32Array.from(data, (sum) => sum / count) };
    sums.delete(path);
  }
  const { profile, ...rest } = first;
  return { ...rest, parameters, ...(profile && sameProfile ? { profile } : {}) };
};
