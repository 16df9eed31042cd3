import {
  type NamedArray,
  type NamedParameter,
  type Stack,
  type Stacked,
  type StateDict,
  SteadyformerError,
  type SubLayer,
  stateDict,
} from '@steadyformer/core';
import { divideRows, multiplyColumns } from './rows';

/** Parameters by path, changed in place while folding. */
export type MutableState = Record<string, NamedArray>;

export interface FoldedStacks {
  /** The model's state without omegas: the same model built with postLN() loads it. */
  readonly state: StateDict;
  /**
   * omega_1 [D] by stack path: what the stream that enters the stack must be multiplied by. No entry for a stack
   * without shortcut scales, which stays as it is.
   */
  readonly inputScales: Readonly<Record<string, Float32Array>>;
}

/**
 * Folds the shortcut scales of all stacks of a model into its weights (Liu et al. 2020, appendix C: with
 * x'_i = omega_{i+1} (.) x_i, norm i is multiplied by omega_{i+1} and the readers of x_{i-1} divided by omega_i).
 * The model is left as it is.
 *
 * Exact up to rounding for any omega without zeros. Throws with the path on a zero omega, on a branch that does not
 * name its input projections, on a residual that is no Post-LN with a scaled shortcut, and where a weight that
 * changes has a second place in the model: there it cannot serve two omegas.
 */
export const foldStacks = async <Batch>(model: Stacked<Batch>): Promise<FoldedStacks> => {
  const state: MutableState = { ...(await stateDict(model)) };
  const places = model.occurrences();
  const inputScales: Record<string, Float32Array> = {};
  for (const [stackPath, stack] of Object.entries(model.stacks())) {
    const omega = await foldStack(stackPath, stack, state, places);
    if (omega) inputScales[stackPath] = omega;
  }
  return { state, inputScales };
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
  const { before, inside, after, extraShortcut } = residual;
  if (!before && !inside && !extraShortcut && (after === 'layer' || after === 'rms')) return;
  throw new SteadyformerError(
    `cannot fold omega away: ${path} is not a Post-LN residual with a scaled shortcut, which alone can be folded`,
  );
};

/** The weights that read the sub-layer's input. Throws where they are unknown. */
const readersOf = (path: string, subLayer: SubLayer): NamedParameter[] => {
  const projections = subLayer.branch.inputProjections?.();
  if (!projections) {
    throw new SteadyformerError(
      `cannot fold omega away: the branch at ${path} does not say which maps read its input; give it inputProjections()`,
    );
  }
  const named = subLayer.parameters();
  const weights = [...new Set(projections.map(({ weight }) => weight))];
  return weights.map((weight) => {
    const found = named.find(({ parameter }) => parameter === weight);
    if (found) return found;
    throw new SteadyformerError(
      `cannot fold omega away: inputProjections() of ${path} names a map that is not among its parameters; make the branch a Module that holds it`,
    );
  });
};

/** The path in the model of a sub-layer's parameter. Throws where something else in the model holds it as well. */
const onlyPlace = (
  { path, parameter }: NamedParameter,
  subLayerPath: string,
  places: readonly NamedParameter[],
): string => {
  const own = `${subLayerPath}.${path}`;
  const paths = places.filter((place) => place.parameter === parameter).map((place) => place.path);
  if (!paths.includes(own)) {
    throw new SteadyformerError(
      `cannot fold omega away: ${paths[0] ?? 'a parameter of a stack'} is not at ${own}; stacks() must name each stack by its path in the model`,
    );
  }
  const other = paths.find((place) => !place.startsWith(`${subLayerPath}.`));
  if (other === undefined) return own;
  throw new SteadyformerError(
    `cannot fold omega away: ${own} is shared with ${other}, and one weight cannot take in two omegas; ` +
      'give each sub-layer its own copy before folding',
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
