import type {
  ParameterRole,
  ResidualMethod,
  StackPlace,
  TrainingFactors,
  TrainingSite,
} from '@steadyformer/core';
import { DEPTHS } from './starts';

/** What a method says of the training of its parameters, in an encoder of width 512 with its default options. */
export interface MethodTrainingFacts {
  /** A row a factor and kind of parameter, a value for each of `DEPTHS`. */
  readonly factors: readonly { readonly what: string; readonly values: readonly number[] }[];
  /** Where parameters are brought back to after every update. */
  readonly projections: readonly { readonly of: string; readonly name: string }[];
}

/** Kinds of parameters, and whether they lie in a sub-layer. */
const KINDS: readonly { readonly of: string; readonly role: ParameterRole; readonly inside: boolean }[] = [
  { of: 'matrices of branches', role: 'matrix', inside: true },
  { of: 'biases of branches', role: 'bias', inside: true },
  { of: 'norms of branches', role: 'norm', inside: true },
  { of: 'the norm at the end', role: 'norm', inside: false },
  { of: 'tables of tokens', role: 'embedding', inside: false },
];

const FACTORS: Readonly<Record<keyof TrainingFactors, string>> = {
  rateFactor: 'learning rate',
  epsilonFactor: 'epsilon',
  weightDecayFactor: 'weight decay',
};

const siteOf = ({ role, inside }: (typeof KINDS)[number], depth: number): TrainingSite => {
  const stack: StackPlace = { stack: 'encoder', depth, causal: false, reads: {}, readBy: {} };
  const place = { ...stack, kind: 'feedForward', block: 0, index: 1, branches: 2 * depth, endsBlock: true };
  return {
    stack,
    ...(inside ? { place } : {}),
    ...{ role, path: inside ? 'branch.inner.weight' : 'table', width: 512 },
    ...(role === 'matrix' ? { shape: [512, 2048], columns: [2048] } : { shape: [512] }),
  };
};

/** Undefined of a method that says nothing. */
export const trainingOf = (method: ResidualMethod): MethodTrainingFacts | undefined => {
  const factors = KINDS.flatMap((kind) =>
    (Object.keys(FACTORS) as (keyof TrainingFactors)[]).flatMap((key) => {
      const values = DEPTHS.map((depth) => method.training?.(siteOf(kind, depth))[key] ?? 1);
      return values.every((value) => value === 1) ? [] : [{ what: `${FACTORS[key]}, ${kind.of}`, values }];
    }),
  );
  const projections = KINDS.flatMap((kind) => {
    const projection = method.projection?.(siteOf(kind, DEPTHS[0]));
    return projection ? [{ of: kind.of, name: projection.name }] : [];
  });
  return factors.length + projections.length > 0 ? { factors, projections } : undefined;
};
