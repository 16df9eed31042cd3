import {
  type BranchEvent,
  type Context,
  type Probe,
  type Stacked,
  SteadyformerError,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import type { ProfileRule } from './profileFormat';
import { pooledVariance } from './variance';

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

export interface Pass<Batch> {
  readonly model: Stacked<Batch>;
  readonly batch: Batch;
  readonly context: Context;
  readonly rule: ProfileRule;
  /** 1 at the tokens that count, [B, T], by stack. Absent: all count. */
  readonly masks: Readonly<Record<string, tf.Tensor2D>>;
  /** The stack of every residual that is profiled, by path. */
  readonly stackOf: ReadonlyMap<string, string>;
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
  { rule, masks, stackOf }: Pass<Batch>,
  measured: Map<string, Measured>,
): Required<Pick<Probe, 'branch'>> => {
  /** The sub-layer before, one chain a stack. */
  const previous = new Map<string, Measured>();
  return {
    branch: ({ path, shortcut, branch }: BranchEvent) => {
      const stack = stackOf.get(path);
      if (stack === undefined) return undefined;
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
        input: tf.keep(pooledVariance(shortcut, masks[stack])),
        branch: tf.keep(pooledVariance(branch, masks[stack])),
        omega: tf.keep(before ? nextOmega(before) : tf.scalar(1)),
        shape: [...shortcut.shape],
      };
      previous.set(stack, here);
      measured.set(path, here);
      return { shortcutScale: here.omega };
    },
  };
};

/** sqrt(Var[omega_i x_{i-1}] + Var[a_i]) */
const nextOmega = ({ omega, input, branch }: Measured): tf.Scalar =>
  tf.sqrt(tf.add<tf.Scalar>(tf.mul(tf.square(omega), input), branch));
