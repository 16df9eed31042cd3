export { constantOmega } from '@steadyformer/core';
export type { BatchModel, OutputDifference } from './difference';
export { outputDifference } from './difference';
export type { FoldedStacks } from './foldStacks';
export { foldStacks } from './foldStacks';
export type { InitializeOptions, OmegaLists } from './initialize';
export { adminInit, initialize } from './initialize';
export type { JsonSchema } from './jsonSchema';
export type { ProfileOptions } from './profile';
export { profile } from './profile';
export type { BranchProfile, Profile, ProfileRule } from './profileFormat';
export { checkProfile, profileSchema } from './profileFormat';
export { formatProfile, parseProfile } from './profileText';
export type {
  FoldableModel,
  MeasuredOptions,
  Reparameterized,
  ReparameterizeOptions,
} from './reparameterize';
export { reparameterize } from './reparameterize';
