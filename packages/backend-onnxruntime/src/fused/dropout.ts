import { sizeOf } from '../backend';
import type { Kernel } from '../kernels/kernel';
import { dropoutFactors, type Key } from './dropoutBits';

/** SteadyDropout: x times seeded factors 0 or 1 / (1 - rate). */
export const dropout: Kernel = ({ inputs, attrs, backend }) => {
  const x = inputs.x!;
  const { info, values } = backend.fresh(x.shape);
  dropoutFactors(attrs.key as Key, attrs.rate as number, values);
  const from = backend.values(x);
  const size = sizeOf(x.shape);
  for (let i = 0; i < size; i++) values[i]! *= from[i]!;
  return info;
};
