import {
  checkStacked,
  type NamedArray,
  type NamedParameter,
  type Stack,
  type Stacked,
  type StateDict,
  SteadyformerError,
  type SubLayer,
  stateDict,
} from '@steadyformer/core';
import { holdsProfiled } from '../scales/profiledScales';
import { onlyPlace, readersOf } from './readers';
import { divideRows, multiplyColumns } from './rows';

/** Parameters by path, changed in place while folding. */
export type MutableState = Record<string, NamedArray>;

/** What `foldStacks` gives. */
export interface FoldedStacks {
  /** The model's state without omegas: the same model built with postLN() loads it. */
  readonly state: StateDict;
  /**
   * omega_1 [D] by stack path: what the stream that enters the stack must be multiplied by. No entry for a stack that
   * stays as it is: one without shortcut scales, or of another method that cannot be folded.
   */
  readonly inputScales: Readonly<Record<string, Float32Array>>;
}

/**
 * Folds the shortcut scales of all stacks of a model into its weights (Liu et al. 2020, appendix C: with
 * x'_i = omega_{i+1} (.) x_i, norm i is multiplied by omega_{i+1} and the readers of x_{i-1} divided by omega_i).
 * The model is left as it is. A stack of another method, none of whose scales is set from data, stays as it is where it
 * cannot be folded and another stack is.
 *
 * Exact up to rounding for any omega without zeros. Throws with the path on a zero omega, on a branch that does not
 * name its input projections, on a residual that is no Post-LN with a scaled shortcut, and where a weight that
 * changes has a second place in the model: there it cannot serve two omegas.
 */
export const foldStacks = async <Batch>(model: Stacked<Batch>): Promise<FoldedStacks> => {
  checkStacked('foldStacks()', model);
  return foldWhere(model, () => undefined);
};

/** As `foldStacks`, of stacks that `check` does not throw on. */
export const foldWhere = async <Batch>(
  model: Stacked<Batch>,
  check: (stackPath: string, stack: Stack) => void,
): Promise<FoldedStacks> => {
  let state: MutableState = { ...(await stateDict(model)) };
  const places = model.occurrences();
  const inputScales: [string, Float32Array][] = [];
  let left: unknown;
  for (const [stackPath, stack] of Object.entries(model.stacks())) {
    const folded = { ...state };
    try {
      const omega = await foldStack(stackPath, stack, folded, places);
      if (!omega) continue;
      check(stackPath, stack);
      inputScales.push([stackPath, omega]);
      state = folded;
    } catch (error) {
      // A scale of another method than Admin may stay, as long as there is something to fold.
      if (holdsProfiled(stack)) throw error;
      left ??= error;
    }
  }
  if (left !== undefined && inputScales.length === 0) throw left;
  return { state, inputScales: Object.fromEntries(inputScales) };
};

/** omega_1 of the stack, whose entries in `state` are folded. */
const foldStack = async (
  stackPath: string,
  stack: Stack,
  state: MutableState,
  places: readonly NamedParameter[],
): Promise<Float32Array | undefined> => {
  const subLayers = stack
    .subLayers()
    .map(({ path, subLayer }) => ({ path: `${stackPath}.${path}`, subLayer }));
  if (subLayers.every(({ subLayer }) => subLayer.residual.shortcutScale.kind === 'one')) return undefined;
  const omegas = await Promise.all(
    subLayers.map(({ path, subLayer }) => omegaOf(path, subLayer, stack.width)),
  );
  for (const [i, { path, subLayer }] of subLayers.entries()) {
    checkResidual(path, subLayer);
    const readers = readersOf(path, subLayer);
    for (const reader of readers) {
      const key = onlyPlace(reader, path, places);
      state[key] = divideRows(state[key]!, omegas[i]!);
    }
    const next = omegas[i + 1];
    for (const norm of next ? subLayer.after!.parameters() : []) {
      const key = onlyPlace({ ...norm, path: `after.${norm.path}` }, path, places);
      state[key] = multiplyColumns(state[key]!, next!);
    }
  }
  for (const { path, parameter } of places) {
    if (subLayers.some(({ subLayer }) => subLayer.omega === parameter)) delete state[path];
  }
  return omegas[0];
};

const checkResidual = (path: string, { residual }: SubLayer): void => {
  const { before, readScale, inside, after, streams } = residual;
  const postNorm = after && !before && !readScale && !inside && !streams;
  if (postNorm && (after === 'layer' || after === 'rms')) return;
  if (postNorm) {
    const name = typeof after === 'string' ? after : after.name;
    throw new SteadyformerError(
      `cannot fold omega away: the norm '${name}' of ${path} need not scale with its gain feature by feature, as LayerNorm and RMSNorm do`,
    );
  }
  throw new SteadyformerError(
    `cannot fold omega away: ${path} is not a Post-LN residual with a scaled shortcut, which alone can be folded`,
  );
};

/** omega of a sub-layer as [D]. Throws where an entry is zero. */
const omegaOf = async (path: string, { omega, residual }: SubLayer, width: number): Promise<Float32Array> => {
  const { shortcutScale: scale } = residual;
  const values = omega ? await omega.variable.data() : [scale.kind === 'constant' ? scale.value : 1];
  const vector = Float32Array.from({ length: width }, (_, k) => values[values.length === 1 ? 0 : k]!);
  const zero = vector.indexOf(0);
  if (zero < 0) return vector;
  throw new SteadyformerError(
    `cannot fold omega away: omega of ${path} is 0 at feature ${zero}; a zero shortcut scale cannot be folded away`,
  );
};
