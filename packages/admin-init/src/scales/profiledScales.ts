import { checkStacked, initialOf, mean, type Stack, type Stacked, type SubLayer } from '@steadyformer/core';

/** A residual by its full path. */
export interface Located {
  readonly path: string;
  readonly subLayer: SubLayer;
}

/** One stack in forward order, and which of its shortcut scales a profile is for. */
export interface ScaledStack {
  readonly residuals: readonly Located[];
  readonly profiled: readonly Located[];
}

const setFromData = ({ residual }: SubLayer): boolean => initialOf(residual.shortcutScale) === 'profiled';
const scaled = ({ residual }: SubLayer): boolean => residual.shortcutScale.kind !== 'one';

/**
 * The stacks that hold shortcut scales a profile is for, by path: those whose record says that they are set from data
 * (`initial: 'profiled'`), or, in a model without any, every shortcut scale, which tells what Admin would ask for. Stacks
 * and sub-layers without are passed over: a hybrid model keeps its other methods as they are.
 */
export const scaledStacks = <Batch>(
  model: Pick<Stacked<Batch>, 'stacks'>,
): Readonly<Record<string, ScaledStack>> => {
  const stacks = Object.entries(model.stacks()).map(([name, stack]): [string, Located[]] => [
    name,
    stack.subLayers().map(({ path, subLayer }) => ({ path: `${name}.${path}`, subLayer })),
  ]);
  const any = stacks.some(([, residuals]) => residuals.some(({ subLayer }) => setFromData(subLayer)));
  const wanted = any ? setFromData : scaled;
  return Object.fromEntries(
    stacks.flatMap(([name, residuals]) => {
      const profiled = residuals.filter(({ subLayer }) => wanted(subLayer));
      return profiled.length > 0 ? [[name, { residuals, profiled }]] : [];
    }),
  );
};

/**
 * Whether the model has a scale that is set from data (`initial: 'profiled'`): what `adminInit` is for.
 *
 * @throws SteadyformerError on what is no model of stacks
 */
export const needsProfile = <Batch>(model: Stacked<Batch>): boolean => {
  checkStacked('needsProfile()', model);
  return Object.values(model.stacks()).some(holdsProfiled);
};

/** Whether a scale of the stack is set from data. */
export const holdsProfiled = (stack: Stack): boolean =>
  stack.subLayers().some(({ subLayer }) => setFromData(subLayer));

/**
 * The omegas of these residuals, one each, where those that share a trained scale have one in common: the root mean
 * square of what each of them asks for.
 */
export const sharedOmegas = (located: readonly Located[], omegas: readonly number[]): number[] => {
  const squares = new Map<unknown, number[]>();
  const keyOf = ({ subLayer, path }: Located): unknown => subLayer.omega ?? path;
  for (const [i, each] of located.entries()) {
    squares.set(keyOf(each), [...(squares.get(keyOf(each)) ?? []), omegas[i]! ** 2]);
  }
  return located.map((each, i) => {
    const group = squares.get(keyOf(each))!;
    return group.length === 1 ? omegas[i]! : Math.sqrt(mean(group));
  });
};
