import type { ResidualMethod } from '../residual';
import { type DepthScalingOptions, depthScaling } from './depthScaling';

/**
 * x' = x + f(LN(x)) / m, m = L / L_base. With n = D / D_base, Adam's rate of hidden matrices is divided by n, its epsilon by n
 * m in the branches and by n outside them, and the decay of hidden matrices is multiplied by n; logits are divided by
 * n^(1/2), as the table that makes them shrinks by n^(1/2) already (Dey et al. 2025, table 1). A rate that was found for the
 * base model then serves deeper and wider ones: `methodTraining` hands the factors to the optimizer, and trainers do so by
 * themselves.
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 * @see {@link https://arxiv.org/abs/2505.01618 | Dey et al. 2025, Don't be lazy: CompleteP enables compute-efficient deep transformers}
 */
export const completeP = (options: DepthScalingOptions = {}): ResidualMethod =>
  depthScaling('completeP', 1, options);
