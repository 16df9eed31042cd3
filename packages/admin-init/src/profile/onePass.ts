import {
  type BranchEvent,
  type Context,
  initialOf,
  type Probe,
  pooledVariance,
  type Stacked,
  SteadyformerError,
  type SubLayer,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import type { ProfileRule } from './profileFormat';

/** Scalars of one residual branch in one pass. The reader disposes them. */
export interface Measured {
  /** Var[a_i] */
  readonly branch: tf.Scalar;
  /** Var[x_{i-1}] */
  readonly input: tf.Scalar;
  /** omega_i in force during the pass. */
  readonly omega: tf.Scalar;
  /** [B, T, D] of the stream. */
  readonly shape: readonly number[];
}

/** A residual of a stack that is profiled. */
export interface PassSite {
  readonly stack: string;
  readonly subLayer: SubLayer;
  /** Whether its omega is the profile's to set, or stays what it is. */
  readonly profiled: boolean;
}

export interface Pass<Batch> {
  readonly model: Stacked<Batch>;
  readonly batch: Batch;
  readonly context: Context;
  readonly rule: ProfileRule;
  /** 1 at the tokens that count, [B, T], by stack. Absent: all count. */
  readonly masks: Readonly<Record<string, tf.Tensor2D>>;
  /** Every residual of the stacks that are profiled, by path. */
  readonly sites: ReadonlyMap<string, PassSite>;
}

/** One forward pass; what was measured at each residual, by path. */
export const onePass = <Batch>(pass: Pass<Batch>): Map<string, Measured> => {
  const measured = new Map<string, Measured>();
  try {
    tf.tidy(() => {
      pass.model.call(pass.batch, { ...pass.context, probe: watcher(pass, measured) });
    });
  } catch (error) {
    for (const { branch, input, omega } of measured.values()) tf.dispose([branch, input, omega]);
    throw error;
  }
  return measured;
};

const watcher = <Batch>(
  { rule, masks, sites }: Pass<Batch>,
  measured: Map<string, Measured>,
): Required<Pick<Probe, 'branch'>> => {
  /** The sub-layer before, one chain a stack. */
  const previous = new Map<string, Measured & PassSite>();
  return {
    branch: ({ path, shortcut, branch }: BranchEvent) => {
      const site = sites.get(path);
      if (site === undefined) return undefined;
      const { stack } = site;
      const mask = Object.hasOwn(masks, stack) ? masks[stack] : undefined;
      if (measured.has(path)) {
        throw new SteadyformerError(
          `profile(): one forward call reached ${path} twice, so its omega has no place in one chain; profile a model that runs each sub-layer once`,
        );
      }
      if (shortcut.size === 0) {
        throw new SteadyformerError(
          `profile(): the stream at ${path} is empty, [${shortcut.shape.join(', ')}]; give batches of one sentence or more`,
        );
      }
      const before = rule === 'reference' ? previous.get(stack) : undefined;
      const here = {
        input: tf.keep(pooledVariance(shortcut, mask)),
        branch: tf.keep(pooledVariance(branch, mask)),
        omega: tf.keep(site.profiled ? profiledOmega(before) : ownOmega(site.subLayer)),
        shape: [...shortcut.shape],
      };
      previous.set(stack, { ...here, ...site });
      measured.set(path, here);
      return site.profiled ? { shortcutScale: here.omega } : undefined;
    },
  };
};

/**
 * The omega that undoes the norm before it, sqrt(Var[omega_i x_{i-1}] + Var[a_i]); 1 at the start of the stack and
 * where no norm stands before.
 */
const profiledOmega = (before: (Measured & PassSite) | undefined): tf.Scalar => {
  if (!before?.subLayer.residual.after) return tf.scalar(1);
  const { omega, input, branch } = before;
  return tf.sqrt(tf.add<tf.Scalar>(tf.mul(tf.square(omega), input), branch));
};

/** The scale that a sub-layer keeps, the root mean square of a vector. */
const ownOmega = ({ omega, residual }: SubLayer): tf.Scalar =>
  omega
    ? tf.tidy(() => tf.sqrt(tf.mean<tf.Scalar>(tf.square(omega.value))))
    : tf.scalar(initialOf(residual.shortcutScale) as number);
