import { checkRecord } from '../checks/errors';
import type { BranchOptions, ResidualMethod } from './residual';

/**
 * The method with more options for its branches, by kind of sub-layer, beside (and before) what it says itself: QK-norm is
 *
 *     withBranchOptions(preLN(), { selfAttention: { queryKeyNorm: 'rms' } })
 *
 * Name and options of the method stay; a config holds these beside them, so they are JSON (norms by name) where a model
 * is to be saved. Throws on what is no record of records; what a branch knows is for the branch to say.
 */
export const withBranchOptions = (method: ResidualMethod, branches: BranchOptions): ResidualMethod => {
  checkRecord(
    'withBranchOptions()',
    branches,
    "options by kind, such as { selfAttention: { queryKeyNorm: 'rms' } }",
  );
  for (const [kind, options] of Object.entries(branches)) {
    checkRecord(`withBranchOptions() ${kind}`, options, 'an object of options');
  }
  const { branches: earlier = {}, plan } = method;
  const kinds = [...new Set([...Object.keys(earlier), ...Object.keys(branches)])];
  return {
    ...method,
    branches: Object.fromEntries(kinds.map((kind) => [kind, { ...earlier[kind], ...branches[kind] }])),
    plan: (place) => {
      const planned = plan(place);
      if (!Object.hasOwn(branches, place.kind)) return planned;
      return { ...planned, branchOptions: { ...planned.branchOptions, ...branches[place.kind] } };
    },
  };
};
