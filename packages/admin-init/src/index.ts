/**
 * Admin (Liu et al. 2020): profile residual branches, set omega, fold it away.
 *
 * Shapes in comments: `B` sentences of a batch, `T` tokens of a sentence, `D` features of the stream.
 *
 * @packageDocumentation
 */

export { constantOmega } from '@steadyformer/core';
export type { BatchModel, OutputDifference } from './fold/difference';
export { outputDifference } from './fold/difference';
export type { FoldedStacks } from './fold/foldStacks';
export { foldStacks } from './fold/foldStacks';
export type {
  FoldableModel,
  MeasuredOptions,
  Reparameterized,
  ReparameterizeOptions,
} from './fold/reparameterize';
export { reparameterize } from './fold/reparameterize';
export { adminInit } from './initialize/adminInit';
export type { InitializeOptions, OmegaLists } from './initialize/initialize';
export { initialize } from './initialize/initialize';
export type { ProfileOptions } from './profile/profile';
export { profile } from './profile/profile';
export type { BranchProfile, Profile, ProfileRule } from './profile/profileFormat';
export { checkProfile, profileSchema } from './profile/profileFormat';
export { formatProfile, parseProfile } from './profile/profileText';
export { needsProfile } from './scales/profiledScales';
