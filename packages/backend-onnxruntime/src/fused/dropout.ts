import type { Kernel } from '../kernels/kernel';
import { DRAWS, dropoutFactors, type Key, keepScale, thresholdOf } from './dropoutBits';

/** SteadyDropout: x times seeded factors 0 or 1 / (1 - rate). */
export const dropout: Kernel = ({ inputs, attrs, backend }) => {
  const { info, values } = backend.fresh(inputs.x!.shape);
  const x = backend.values<Float32Array>(inputs.x!);
  const key = attrs.key as Key;
  const rate = attrs.rate as number;
  const threshold = thresholdOf(rate);
  // The kernel's thresholds have 16 bits; one of 2^16 drops everything.
  const done =
    threshold < DRAWS &&
    backend.native({ reads: [x], writes: [values] }, (kernels, at) => {
      kernels.dropout(at(x), at(values), x.length, ...key, threshold, keepScale(rate));
    });
  if (!done) dropoutFactors(key, rate, values, x);
  return info;
};
