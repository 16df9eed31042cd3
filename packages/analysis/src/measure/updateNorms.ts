import { checkRecord, nearest, type StateDict, SteadyformerError } from '@steadyformer/core';

/** How far one parameter moved between two states. */
export interface UpdateNorm {
  readonly path: string;
  /** |W_2 - W_1|. */
  readonly update: number;
  /** |W_1|. */
  readonly weight: number;
  /** update / weight; 0 where nothing moved, infinite where the weight was 0. */
  readonly ratio: number;
}

/**
 * Norms of the parameters' updates between two states of one model, such as checkpoints of two epochs (Liu et al.
 * 2020, fig. 5). Throws where the states hold different parameters, naming the path.
 */
export const updateNorms = (before: StateDict, after: StateDict): UpdateNorm[] => {
  for (const state of [before, after]) {
    checkRecord('updateNorms() state', state, 'arrays by path, as stateDict() gives them');
  }
  const paths = Object.keys(before);
  const extra = Object.keys(after).find((path) => !Object.hasOwn(before, path));
  const missing = paths.find((path) => !Object.hasOwn(after, path));
  const odd = extra ?? missing;
  if (odd !== undefined) {
    throw new SteadyformerError(
      `updateNorms(): '${odd}' is only in the ${extra ? 'second' : 'first'} state; the nearest in the other is '${nearest(odd, extra ? paths : Object.keys(after))}'. Give two states of one model.`,
    );
  }
  return paths.map((path) => {
    const [one, other] = [before[path]!.data, after[path]!.data];
    if (one.length !== other.length) {
      throw new SteadyformerError(
        `updateNorms(): '${path}' holds ${one.length} numbers in the first state and ${other.length} in the second`,
      );
    }
    let moved = 0;
    let size = 0;
    for (let i = 0; i < one.length; i++) {
      moved += (other[i]! - one[i]!) ** 2;
      size += one[i]! ** 2;
    }
    const [update, weight] = [Math.sqrt(moved), Math.sqrt(size)];
    return { path, update, weight, ratio: update === 0 ? 0 : update / weight };
  });
};
