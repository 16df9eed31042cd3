import { initialOf } from '@steadyformer/core';
import type { BranchDescription } from './description';

type Described = Pick<BranchDescription, 'residual' | 'omega' | 'alpha' | 'rho'>;

/** The shortcut scale in force. */
export const omegaOf = ({ omega, residual }: Described): number | 'profiled' =>
  omega ?? initialOf(residual.shortcutScale);

/** The branch scale in force. */
export const alphaOf = ({ alpha, residual }: Described): number =>
  alpha ?? (initialOf(residual.branchScale) as number);

/** The scale in force of what the branch reads. */
export const rhoOf = ({ rho, residual: { readScale } }: Described): number =>
  rho ?? (readScale ? (initialOf(readScale) as number) : 1);
