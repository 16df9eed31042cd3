import { describeMethod, type Growth, type MethodDescription, predict } from '@steadyformer/analysis';
import type { Choice, MethodName } from '../methods';
import { ENCODER, INPUT, methodOf, SENTENCES, STEP_SIZE } from './networks';

/** What theory says of an encoder, without weights. */
export interface Theory {
  /** Paths of the residual branches i = 1 .. N. */
  readonly paths: readonly string[];
  /** beta_{i,j}: row i - 1 for x_i, column j for the branch j, column 0 for the input. Squares of a row sum to 1. */
  readonly dependency: readonly (readonly number[])[];
  /** D after N = 1, 2, ... branches, for a random step of `STEP_SIZE`. */
  readonly outputChange: readonly number[];
}

const description = ({ method, depth }: Choice): MethodDescription => ({
  method: methodOf(method),
  depth,
  ...ENCODER,
  input: INPUT,
  tokens: { count: SENTENCES.length },
});

/** Layer dependency and output change of a choice, in closed form. */
export const theoryOf = (choice: Choice): Theory => {
  const described = describeMethod(description(choice));
  const { branches, dependency, outputChange } = predict(described, {
    perturbation: { kind: 'sign', size: STEP_SIZE, embedding: true },
  });
  return {
    paths: branches.map(({ path }) => path),
    dependency,
    outputChange: outputChange.map(({ change }) => change),
  };
};

const known = new Map<MethodName, Growth>();

/** How the output change grows with N over networks of the method: the same at every depth, and slower to find. */
export const growthOf = (method: MethodName): Growth => {
  const before = known.get(method);
  if (before) return before;
  const { growth } = predict(description({ method, depth: 1 }));
  if (!growth) throw new Error(`the growth of ${method} is not known`);
  known.set(method, growth);
  return growth;
};
