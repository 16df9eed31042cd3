import type { Kernel } from '../kernels/kernel';
import { dropoutFactors, type Key } from './dropoutBits';

/** SteadyDropout: x times seeded factors 0 or 1 / (1 - rate). */
export const dropout: Kernel = ({ inputs, attrs, backend }) => {
  const { info, values } = backend.fresh(inputs.x!.shape);
  dropoutFactors(attrs.key as Key, attrs.rate as number, values, backend.values<Float32Array>(inputs.x!));
  return info;
};
