import { mean, SteadyformerError, standardError } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { type ScaledStack, sharedOmegas } from '../scales/profiledScales';
import type { Measured } from './onePass';
import type { BranchProfile, ProfileRule } from './profileFormat';

/** Samples of one residual branch, one entry a batch. */
export interface Samples {
  readonly branch: number[];
  readonly input: number[];
  readonly omega: number[];
}

/** Reads what one pass measured into the samples, and disposes it. */
export const collect = async (
  measured: ReadonlyMap<string, Measured>,
  samples: Map<string, Samples>,
): Promise<void> => {
  for (const [path, { branch, input, omega }] of measured) {
    const [branchVariance, inputVariance, omegaValue] = await Promise.all(
      [branch, input, omega].map(async (scalar) => (await scalar.data())[0]!),
    );
    tf.dispose([branch, input, omega]);
    const sample = samples.get(path) ?? { branch: [], input: [], omega: [] };
    sample.branch.push(branchVariance!);
    sample.input.push(inputVariance!);
    sample.omega.push(omegaValue!);
    samples.set(path, sample);
  }
};

/**
 * Means, standard errors and omegas of the branches of one stack that are profiled, in forward order. Throws where the
 * pass left a branch out.
 */
export const branchProfiles = (
  { residuals, profiled }: ScaledStack,
  samples: ReadonlyMap<string, Samples>,
  rule: ProfileRule,
): BranchProfile[] => {
  const sampled = residuals.map(({ path }) => {
    const sample = samples.get(path);
    if (sample) return sample;
    throw new SteadyformerError(`profile(): the forward call never reached ${path}`);
  });
  const set = new Set(profiled);
  /** By the paper's rule, the square that the next omega has: sum of Var[a_j] so far, without the input. */
  let sum = 0;
  const branches = residuals.map((each, i): BranchProfile => {
    const { branch, input, omega } = sampled[i]!;
    const branchVariance = mean(branch);
    const fromPass = rule === 'reference' || !set.has(each);
    const undoesNorm = i > 0 && residuals[i - 1]!.subLayer.residual.after !== undefined;
    const square = fromPass ? mean(omega.map((w) => w * w)) : undoesNorm ? sum : 1;
    sum = (i === 0 && !fromPass ? 0 : square) + branchVariance;
    return {
      path: each.path,
      branchVariance,
      branchVarianceError: standardError(branch),
      inputVariance: mean(input),
      omega: Math.sqrt(square),
    };
  });
  const own = branches.filter((_, i) => set.has(residuals[i]!));
  const omegas = sharedOmegas(
    profiled,
    own.map(({ omega }) => omega),
  );
  return own.map((branch, i) => ({ ...branch, omega: omegas[i]! }));
};
