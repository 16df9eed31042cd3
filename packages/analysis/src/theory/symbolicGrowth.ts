import type { Residual } from '@steadyformer/core';
import type { StackDescription } from './description';
import type { GrowthClass } from './growthClass';
import { alphaOf, omegaOf, rhoOf } from './scalesInForce';
import type { Resolved } from './step';

/**
 * The class that follows from the records alone, where every block repeats the first: with a norm of the sum
 * beta_ii^2 = v / (omega^2 + v) is constant, so D grows as N; without one, Var[x_i] grows by v a branch and
 * beta_ii^2 = v / (s_0 + i v), so D grows as ln N; a profiled omega does the same behind a norm. Undefined where
 * the records are mixed, or scales differ between blocks. A norm's output that block l reads times l^(-1/2) makes branches of
 * variance v / l, so that Var[x_l] grows as ln l and beta_ll^2 = 1 / (l ln l): D grows as ln ln N.
 */
export const symbolicClass = ({ branches }: StackDescription): GrowthClass | undefined => {
  if (branches.length === 0) return 'constant';
  const alphas = branches.map(alphaOf);
  if (branches.every(({ change }, i) => alphas[i] === 0 && change === undefined)) return 'constant';
  if (fades(branches)) return 'doublyLogarithmic';
  const known = branches.every((branch, i) => {
    const first = branches.find(
      ({ form, block }) => form?.kind === branch.form?.kind && block === branches[0]!.block,
    );
    return first && Number(alphas[i]) > 0 && alike(branch, first) && !branch.residual.streams;
  });
  if (!known) return undefined;
  if (branches.every((branch) => branch.residual.after && omegaOf(branch) === 'profiled'))
    return 'logarithmic';
  if (branches.every((branch) => branch.residual.after && typeof omegaOf(branch) === 'number'))
    return 'linear';
  const bounded = ({ before, inside, after }: Residual): boolean =>
    !after && (before ?? inside) !== undefined;
  if (branches.every((branch) => bounded(branch.residual) && omegaOf(branch) === 1)) return 'logarithmic';
  return undefined;
};

type Described = StackDescription['branches'][number];

/** Whether records repeat but for what they read of a norm's output, l^(-1/2) in block l of two or more (LayerNorm Scaling). */
const fades = (branches: StackDescription['branches']): boolean => {
  const [head] = branches;
  const start = head!.block ?? 0;
  const bare = ({ residual: { readScale: _, ...residual } }: Described): Described['residual'] => residual;
  const blocks = new Set(branches.map(({ block = 0 }) => block));
  return (
    blocks.size > 1 &&
    branches.every((branch) => {
      const { residual, block = 0, form, variance } = branch;
      const first = branches.find((each) => each.form?.kind === form?.kind && each.block === head!.block);
      const faded = rhoOf(branch) * Math.sqrt(block - start + 1);
      const plain = residual.before && !residual.inside && !residual.after && !residual.streams;
      return (
        form !== undefined &&
        variance === undefined &&
        first !== undefined &&
        plain &&
        omegaOf(branch) === 1 &&
        Math.abs(faded - 1) < SAME &&
        alike({ ...branch, residual: bare(branch) }, { ...first, residual: bare(first) })
      );
    })
  );
};

/** Scales and gains of drawn or rounded weights differ a little; a method's differ in kind or with the depth. */
const SAME = 0.1;

export const alike = (a: Described, b: Described): boolean => {
  const close = (x: number | string, y: number | string): boolean =>
    x === y || (typeof x === 'number' && typeof y === 'number' && Math.abs(x - y) <= SAME * Math.abs(y));
  const gainsOf = ({ form }: Described): [string, number][] => Object.entries(form?.gains ?? {});
  const others = Object.fromEntries(gainsOf(b));
  return (
    JSON.stringify(a.residual) === JSON.stringify(b.residual) &&
    close(omegaOf(a), omegaOf(b)) &&
    close(alphaOf(a), alphaOf(b)) &&
    gainsOf(a).every(([role, gain]) => close(gain, others[role] ?? 1))
  );
};

/** A profile is of one batch, with dropout on: its omegas may lie as far off the variances described. */
const OFF = 1.35;

/**
 * Whether the shortcut scales in force are those of Admin's rule, omega_i^2 = omega_1^2 s_0 + sum of v_j over j < i:
 * scales that were set from a profile are plain numbers.
 */
export const followsProfile = ({ branches }: StackDescription, { input, steps }: Resolved): boolean => {
  if (branches.length < 2 || !branches.every(({ residual }) => residual.after && !residual.streams)) {
    return false;
  }
  const start = steps[0]!.omega ** 2 * input.variance;
  let square = start;
  const follows = steps.every(({ omega, variance }, i) => {
    const ratio = i === 0 ? 1 : omega ** 2 / square;
    square += variance;
    return variance > 0 && ratio < OFF && ratio > 1 / OFF;
  });
  // Where branches add too little, omegas that stay as they are would follow as well.
  return follows && square - steps.at(-1)!.variance > OFF * start;
};
