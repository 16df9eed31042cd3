import type { BranchDescription } from '../theory/description';
import { omegaOf } from '../theory/scalesInForce';

/** What an architecture that amplifies can still be given: 'profile' omega, 'scale' its shortcut, or its branches. */
export type Remedy = 'profile' | 'scale' | 'branches';

const NEAR_ONE = 0.02;

/** What the records leave to advise. */
export const remedyFor = (branches: readonly BranchDescription[]): Remedy => {
  const behindNorm = branches.every(({ residual }) => residual.after !== undefined);
  if (!behindNorm) return 'branches';
  if (branches.every(({ residual }) => residual.shortcutScale.kind === 'one')) return 'scale';
  const trained = branches.every(
    ({ residual: { shortcutScale } }) => shortcutScale.kind === 'vector' || shortcutScale.kind === 'scalar',
  );
  const untouched = branches.every((branch) => {
    const omega = omegaOf(branch);
    return typeof omega === 'number' && Math.abs(omega - 1) < NEAR_ONE;
  });
  return trained && untouched ? 'profile' : 'branches';
};
