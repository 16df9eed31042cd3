import { type NamedParameter, SteadyformerError, type SubLayer } from '@steadyformer/core';

/** The weights that read the sub-layer's input. Throws where they are unknown. */
export const readersOf = (path: string, subLayer: SubLayer): NamedParameter[] => {
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
export const onlyPlace = (
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
