import { SteadyformerError } from '@steadyformer/core';
import type { BranchDescription } from '../theory/description';
import { alphaOf, rhoOf } from '../theory/scalesInForce';

/** What can be free of every residual. */
export const SCALES = ['omega', 'alpha', 'gain'] as const;
/** The name of one of them. */
export type FreeScale = (typeof SCALES)[number];

/**
 * A branch with one of its scales replaced. A gain comes on top of the other scales: as a factor on alpha where a norm is
 * inside, which takes every other size away, else on what the branch reads behind its norm.
 *
 * @throws SteadyformerError where no norm has a gain that changes the branch's variance
 */
export const withScale = (branch: BranchDescription, scale: FreeScale, value: number): BranchDescription => {
  if (scale !== 'gain') return { ...branch, [scale]: value };
  const { path, residual, variance } = branch;
  const { before, inside } = residual;
  if (!before && !inside) {
    throw new SteadyformerError(
      `solve() scale: 'gain' received, and ${path} has a norm neither before its branch nor inside; free its alpha or omega`,
    );
  }
  if (variance !== undefined) {
    throw new SteadyformerError(
      `solve() scale: 'gain' received, and the variance of ${path} is given as ${variance}, whatever the gain; leave it out for a ` +
        'branch with a closed form, or free its omega',
    );
  }
  return inside ? { ...branch, alpha: alphaOf(branch) * value } : { ...branch, rho: rhoOf(branch) * value };
};
