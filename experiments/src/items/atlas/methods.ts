import { createHash } from 'node:crypto';
import { adminInit, needsProfile } from '@steadyformer/admin-init';
import { methodFrom, methods, type Place, type ResidualMethod, type Stacked } from '@steadyformer/core';

/** Every method that core knows by name: what is added there is in the atlas. */
export const NAMES: readonly string[] = Object.keys(methods);

/** Options of methods that have to be told something: the model whose rates are to carry over is the shallowest here. */
const OPTIONS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  completeP: { baseDepth: 4 },
  depthMuP: { baseDepth: 4 },
};

export const methodNamed = (name: string): ResidualMethod =>
  methodFrom({ name, ...(OPTIONS[name] ? { options: OPTIONS[name] } : {}) });

/** Sets from a batch what the method asks to be set from data. */
export const profiled = async <Batch>(model: Stacked<Batch>, batch: Batch, seed: number): Promise<void> => {
  if (needsProfile(model)) await adminInit(model, [batch], { seed });
};

/** Text of functions too: a norm of a method's own is a function. */
const textOf = (value: unknown): string =>
  JSON.stringify(value, (_, each: unknown) => (typeof each === 'function' ? String(each) : each));

const placesOf = (depth: number): Place[] =>
  Array.from({ length: 2 * depth }, (_, index) => ({
    stack: 'encoder',
    kind: index % 2 === 0 ? 'selfAttention' : 'feedForward',
    block: index >> 1,
    index,
    branches: 2 * depth,
    depth,
    causal: false,
    reads: {},
    readBy: {},
    endsBlock: index % 2 === 1,
  }));

/**
 * What the numbers of a method's cell depend on: its options and records, whatever else it says, and the sizes. Cells of an
 * earlier result are taken over where it is the same. The theory's and core's own code is not in it: where that changes
 * numbers, the item's version is raised, or `--force` measures all.
 */
export const fingerprint = (name: string, depths: readonly number[], size: unknown): string => {
  const method = methodNamed(name);
  const plans = depths.map((depth) => placesOf(depth).map((place) => method.plan(place)));
  return createHash('sha256').update(textOf({ method, plans, size })).digest('hex').slice(0, 16);
};
