import {
  type BranchEvent,
  type Context,
  checkOptions,
  invalidArgument,
  type Probe,
  randomStream,
  type Stacked,
  SteadyformerError,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { type Moments, mean, standardError } from './statistics';
import { pooledVariance } from './variance';

export type ProfileRule = 'reference' | 'paper';

export interface ProfileOptions {
  /**
   * 'reference' (default) follows the authors' code: one sequential pass, omega set on the fly, omega_1 = 1,
   * omega_{i+1}^2 = Var[omega_i x_{i-1}] + Var[a_i], dropout on. 'paper' is one pass at omega = 1, dropout on, and
   * omega_i^2 = sum of Var[a_j] over j < i, without the input; omega_1 = 1 for the empty sum.
   */
  readonly rule?: ProfileRule;
  /** Whether pads count in the variances, as in the authors' code to the letter. Default 'masked'. */
  readonly pads?: 'masked' | 'counted';
  /** Whether dropout acts during the pass. Default true, as in the authors' code. */
  readonly dropout?: boolean;
  /** Seed of the dropout bits. Default 1. */
  readonly seed?: number;
}

/** What was measured at one residual branch. */
export interface BranchProfile {
  readonly path: string;
  /** Var[a_i]: pooled over tokens and features, dropout and branch scale included; mean over the batches. */
  readonly branchVariance: number;
  /** Standard error of branchVariance over the batches; null with one batch. */
  readonly branchVarianceError: number | null;
  /** Var[x_{i-1}] of the shortcut before its scale. */
  readonly inputVariance: number;
  /** What `initialize` sets. */
  readonly omega: number;
}

/** A profile is JSON: stacks by path, branches in forward order, and how it was made. */
export interface Profile {
  readonly format: 'steadyformer-profile';
  readonly version: 1;
  readonly rule: ProfileRule;
  readonly pads: 'masked' | 'counted';
  readonly dropout: boolean;
  readonly seed: number;
  /** Real tokens of each batch, by stack. */
  readonly tokens: Readonly<Record<string, readonly number[]>>;
  readonly stacks: Readonly<Record<string, readonly BranchProfile[]>>;
}

interface Measured {
  readonly branch: tf.Scalar;
  readonly input: tf.Scalar;
  /** omega in force during the pass. */
  readonly omega: tf.Scalar;
}

/**
 * Profiles the residual branches of a model (Liu et al. 2020, section 4.1; the rules differ as `rule` says). A
 * pure function of weights, batches and seed: the model is left as it is. Stochastic depth skips nothing here: omega
 * belongs to the whole model. Throws where a sub-layer has no trained shortcut scale, naming its path.
 */
export const profile = async <Batch>(
  model: Stacked<Batch>,
  batches: Iterable<Batch>,
  options: ProfileOptions = {},
): Promise<Profile> => {
  checkOptions(options, ['rule', 'pads', 'dropout', 'seed'], 'profile()');
  const { rule = 'reference', pads = 'masked', dropout = true, seed = 1 } = options;
  if (rule !== 'reference' && rule !== 'paper') {
    throw invalidArgument({ what: 'profile() rule', received: rule, allowed: "'reference', 'paper'" });
  }
  if (pads !== 'masked' && pads !== 'counted') {
    throw invalidArgument({ what: 'profile() pads', received: pads, allowed: "'masked', 'counted'" });
  }
  const paths = adminPaths(model);
  const samples = new Map<string, Moments>();
  const tokens: Record<string, number[]> = {};
  let index = 0;
  for (const batch of batches) {
    const masks = model.tokenMasks?.(batch) ?? {};
    const random = randomStream(seed).fork('profile').fork(index);
    const context: Context = { training: dropout, random, everyBranch: true };
    const measured = onePass(model, batch, context, rule, pads === 'masked' ? masks : {});
    for (const [stack, mask] of Object.entries(masks)) {
      const real = (await mask.data<'float32'>()).reduce((sum, value) => sum + value, 0);
      tokens[stack] = [...(tokens[stack] ?? []), real];
    }
    tf.dispose(masks);
    await collect(measured, samples);
    index += 1;
  }
  if (index === 0) throw new SteadyformerError('profile(): no batch received; give at least one');
  const stacks = Object.fromEntries(
    Object.entries(paths).map(([stack, list]) => [stack, omegas(list, samples, rule)]),
  );
  return { format: 'steadyformer-profile', version: 1, rule, pads, dropout, seed, tokens, stacks };
};

/** The paths of all residuals by stack. Throws where one has no trained omega. */
const adminPaths = <Batch>(model: Stacked<Batch>): Record<string, string[]> =>
  Object.fromEntries(
    Object.entries(model.stacks()).map(([stackPath, stack]) => [
      stackPath,
      stack.subLayers().map(({ path, subLayer }) => {
        const full = `${stackPath}.${path}`;
        if (!subLayer.omega) {
          throw new SteadyformerError(
            `profile(): ${full} has no trained shortcut scale. Build the stack with admin(), or give its path's model another method only where it is not profiled.`,
          );
        }
        return full;
      }),
    ]),
  );

/** One forward pass; returns scalars to be read, by path. */
const onePass = <Batch>(
  model: Stacked<Batch>,
  batch: Batch,
  context: Context,
  rule: ProfileRule,
  masks: Readonly<Record<string, tf.Tensor2D>>,
): Map<string, Measured> => {
  const measured = new Map<string, Measured>();
  /** The sub-layer before, one chain a stack. */
  const previous = new Map<string, Measured>();
  const probe: Probe = {
    branch: ({ path, shortcut, branch }: BranchEvent) => {
      const stack = stackOf(path);
      const input = tf.keep(pooledVariance(shortcut, masks[stack]));
      const change = tf.keep(pooledVariance(branch, masks[stack]));
      const before = rule === 'reference' ? previous.get(stack) : undefined;
      const omega = tf.keep(before ? nextOmega(before) : tf.scalar(1));
      const here = { branch: change, input, omega };
      previous.set(stack, here);
      measured.set(path, here);
      return { shortcutScale: omega };
    },
  };
  tf.tidy(() => {
    model.call(batch, { ...context, probe });
  });
  return measured;
};

/** sqrt(Var[omega_i x_{i-1}] + Var[a_i]) */
const nextOmega = ({ omega, input, branch }: Measured): tf.Scalar =>
  tf.sqrt(tf.add<tf.Scalar>(tf.mul(tf.square(omega), input), branch));

/** `encoder` of `encoder.layers.3.feedForward`. */
const stackOf = (path: string): string => path.slice(0, path.lastIndexOf('.layers.'));

const collect = async (measured: Map<string, Measured>, samples: Map<string, Moments>): Promise<void> => {
  for (const [path, { branch, input, omega }] of measured) {
    const values = await Promise.all([branch.data(), input.data(), omega.data()]);
    tf.dispose([branch, input, omega]);
    const [branchVariance, inputVariance, omegaValue] = values.map((v) => v[0]!) as [number, number, number];
    const sample = samples.get(path) ?? { branch: [], input: [], omega: [] };
    samples.set(path, {
      branch: [...sample.branch, branchVariance],
      input: [...sample.input, inputVariance],
      omega: [...sample.omega, omegaValue],
    });
  }
};

const omegas = (
  paths: readonly string[],
  samples: ReadonlyMap<string, Moments>,
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
