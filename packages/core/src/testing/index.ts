/**
 * What an author of fused kernels, of a backend or of ops needs: conformance to core's contract as named cases for any
 * test runner, a gradient check by differences, and a leak assertion.
 *
 * @packageDocumentation
 */
export type { AdamStepAttrs } from '../backend/attributes';
export type { FusedKernelName, FusedKernels, KernelForm } from '../backend/contract';
export { KERNEL_GROUPS } from '../backend/contract';
export type { GradientCheck } from './gradients';
export { checkGradient } from './gradients';
export { kernelCases } from './kernelCases';
export { assertNoLeak, leftovers } from './leaks';
export type { Plain } from './numbers';
export { maxError } from './numbers';
export { opCases } from './opCases';
export type { KernelCase, NamedCase } from './spec';
