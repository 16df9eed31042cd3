import { type NamedArray, type Stack, SteadyformerError, type SubLayer } from '@steadyformer/core';
import { divideRows, multiplyColumns } from './rows';

/** Parameters by path, changed in place while folding. */
export type MutableState = Record<string, NamedArray>;

/**
 * Folds the shortcut scales of one stack into the state of its weights (Liu et al. 2020, appendix C: with
 * x'_i = omega_{i+1} (.) x_i, norm i is multiplied by omega_{i+1} and the readers of x_{i-1} divided by omega_i).
 * Returns omega_1 [D], which the stack's input must be multiplied by; undefined where the stack has no scales.
 */
export const foldStack = async (
  stackPath: string,
  stack: Stack,
  state: MutableState,
): Promise<Float32Array | undefined> => {
  const subLayers = stack
    .subLayers()
    .map(({ path, subLayer }) => ({ path: `${stackPath}.${path}`, subLayer }));
  if (subLayers.every(({ subLayer }) => subLayer.residual.shortcutScale.kind === 'one')) return undefined;
  const omegas = await Promise.all(
    subLayers.map(({ path, subLayer }) => omegaOf(path, subLayer, stack.width)),
  );
  for (const [i, { path, subLayer }] of subLayers.entries()) {
    for (const key of readersOf(path, subLayer)) state[key] = divideRows(state[key]!, omegas[i]!);
    const next = omegas[i + 1];
    if (next) {
      for (const key of [`${path}.after.gain`, `${path}.after.bias`]) {
        state[key] = multiplyColumns(state[key]!, next);
      }
    }
    delete state[`${path}.omega`];
  }
  return omegas[0];
};

/** The paths of the weights that read the sub-layer's input. Throws where they are unknown or cannot be folded. */
const readersOf = (path: string, subLayer: SubLayer): string[] => {
  const { before, inside, after, extraShortcut } = subLayer.residual;
  if (before || inside || !after || extraShortcut) {
    throw new SteadyformerError(
      `reparameterize(): ${path} is not a Post-LN residual with a scaled shortcut, which alone can be folded`,
    );
  }
  const projections = subLayer.branch.inputProjections?.();
  if (!projections) {
    throw new SteadyformerError(
      `reparameterize(): the branch at ${path} does not say which maps read its input; give it inputProjections()`,
    );
  }
  const weights = projections.map(({ weight }) => weight);
  return subLayer
    .parameters()
    .filter(({ parameter }) => weights.some((weight) => weight === parameter))
    .map((named) => `${path}.${named.path}`);
};

/** omega of a sub-layer as [D]. Throws where an entry is zero. */
const omegaOf = async (path: string, { omega, residual }: SubLayer, width: number): Promise<Float32Array> => {
  const { shortcutScale: scale } = residual;
  const values = omega ? await omega.variable.data() : [scale.kind === 'constant' ? scale.value : 1];
  const vector = Float32Array.from({ length: width }, (_, k) => values[values.length === 1 ? 0 : k]!);
  const zero = vector.indexOf(0);
  if (zero < 0) return vector;
  throw new SteadyformerError(
    `reparameterize(): omega of ${path} is 0 at feature ${zero}; a zero shortcut scale cannot be folded away`,
  );
};
