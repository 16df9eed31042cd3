import type { ResidualMethod } from '../residual';
import { type DepthScalingOptions, depthScaling } from './depthScaling';

/**
 * x' = x + f(LN(x)) / m^(1/2), m = L / L_base, and Adam's rate inside the branches divided by m^(1/2) as well (Yang et al.
 * 2023, table 1). Its epsilon there is divided by m^(1/2), and width acts as it does in `completeP`, which has m in place of
 * its root.
 *
 * @throws SteadyformerError on options that it does not know, and on other values of them
 * @see {@link https://arxiv.org/abs/2310.02244 | Yang et al. 2023, Tensor Programs VI: Feature Learning in Infinite-Depth Neural Networks}
 */
export const depthMuP = (options: DepthScalingOptions = {}): ResidualMethod =>
  depthScaling('depthMuP', 0.5, options);
