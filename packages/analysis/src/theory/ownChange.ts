import { SteadyformerError } from '@steadyformer/core';
import { type ClosedForm, changeUnder, closedForm } from './closedForm';
import type { BranchDescription, MatricesDescription, Perturbation, StreamMoments } from './description';

/** A branch where it stands. */
interface Standing {
  /** Var[a_i]. */
  readonly variance: number;
  /** What a change of f is multiplied by on the way into the stream, as variance. */
  readonly slope: number;
  readonly closed: ClosedForm | undefined;
  readonly input: StreamMoments;
  readonly width: number;
  readonly perturbation: Perturbation;
}

/** The variance of the change of a_i by the branch's own weights, v_i C_i. */
export const ownChange = (branch: BranchDescription, standing: Standing): number => {
  const { variance, slope, closed, perturbation } = standing;
  if (branch.change !== undefined) return branch.change * variance;
  if (perturbation.kind === 'unit') return variance;
  const stated = closed && changeUnder(perturbation, closed, standing);
  // Maps that start at zero change by themselves, whatever variance they are given.
  if (stated !== undefined && (branch.variance === undefined || closed?.power === 0)) return slope * stated;
  const C = relativeOf(branch, standing, perturbation);
  if (C !== undefined && Number.isFinite(C)) return C * variance;
  throw new SteadyformerError(
    `the change of the branch ${branch.path} under a '${perturbation.kind}' perturbation is unknown: give its C_i, ` +
      `of a model as predict(model, { changes: { '${branch.path}': C } }), of a described branch as its change or its ` +
      "form; or predict with { kind: 'unit' }",
  );
};

/** C of a branch whose variance was given: of its closed form without dropout, or of its weights. */
const relativeOf = (
  branch: BranchDescription,
  { input, width }: Standing,
  perturbation: Exclude<Perturbation, { kind: 'unit' }>,
): number | undefined => {
  const quiet = closedForm(
    { ...branch, ...(branch.form ? { form: { ...branch.form, dropout: {} } } : {}) },
    input,
  );
  const stated = quiet && changeUnder(perturbation, quiet, { input, width });
  return quiet && stated !== undefined && quiet.power > 0
    ? stated / quiet.power
    : matricesChange(branch.matrices, perturbation);
};

const matricesChange = (
  matrices: MatricesDescription | undefined,
  perturbation: Exclude<Perturbation, { kind: 'unit' }>,
): number | undefined => {
  // Of a branch whose inside is unknown nobody knows what a gradient's sum has in common with a token.
  if (!matrices || perturbation.kind === 'aligned') return undefined;
  return perturbation.kind === 'sign'
    ? perturbation.size ** 2 * matrices.inverseSquares
    : perturbation.ratio ** 2 * matrices.count;
};
