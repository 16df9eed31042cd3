import { SteadyformerError } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import type { Measured } from './onePass';
import type { BranchProfile, ProfileRule } from './profileFormat';
import { mean, standardError } from './statistics';

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

/** Means, standard errors and omegas of one stack, in forward order. Throws where the pass left a branch out. */
export const branchProfiles = (
  paths: readonly string[],
  samples: ReadonlyMap<string, Samples>,
  rule: ProfileRule,
): BranchProfile[] => {
  let sum = 0;
  return paths.map((path, i) => {
    const sample = samples.get(path);
    if (!sample) throw new SteadyformerError(`profile(): the forward call never reached ${path}`);
    const branchVariance = mean(sample.branch);
    const measuredOmega = Math.sqrt(mean(sample.omega.map((w) => w * w)));
    const omega = rule === 'reference' ? measuredOmega : i === 0 ? 1 : Math.sqrt(sum);
    sum += branchVariance;
    return {
      path,
      branchVariance,
      branchVarianceError: standardError(sample.branch),
      inputVariance: mean(sample.input),
      omega,
    };
  });
};
