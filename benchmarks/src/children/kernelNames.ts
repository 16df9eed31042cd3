import type { FusedKernelName } from '@steadyformer/core';

/** tfjs's own products of matrices. */
export const PRODUCT_KERNELS: ReadonlySet<string> = new Set(['BatchMatMul', '_FusedMatMul']);

/** Fused kernels that hold products: core's contract knows the names, so that a wrong one does not compile. */
const FUSED_WITH_PRODUCTS: readonly FusedKernelName[] = [
  'SteadyLinear',
  'SteadyLinearGrad',
  'SteadyFixedLinear',
  'SteadyAttention',
  'SteadyAttentionGrad',
  'SteadyAttentionStep',
];

/** All kernels of a step that compute products, alone or with what is fused with them. */
export const KERNELS_WITH_PRODUCTS: ReadonlySet<string> = new Set([
  ...PRODUCT_KERNELS,
  ...FUSED_WITH_PRODUCTS,
]);
