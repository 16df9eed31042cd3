import * as tf from '@tensorflow/tfjs';
import { linear } from '../ops/linear';
import { rmsNorm } from '../ops/rmsNorm';
import { constantParameter, givenParameter, Module, type Parameter } from '../state/module';
import type { WeightNumbers } from './dynamicWeights';
import type { StreamTensors, StreamWeights, StreamWeightsFactory } from './plan';
import { sinkhorn, sinkhornNumbers } from './sinkhorn';

const EPSILON = 1e-6;

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

/** What weights start from, before the functions that bound them: of a [n], c [n] and B [n][n]. */
export interface Logits {
  readonly read: readonly number[];
  readonly write: readonly number[];
  readonly carry: readonly (readonly number[])[];
}

/** The weights that these logits give. */
export const bounded = ({ read, write, carry }: Logits, steps: number): WeightNumbers => ({
  read: read.map((value) => sigmoid(value) + EPSILON),
  write: write.map((value) => 2 * sigmoid(value)),
  carry: sinkhornNumbers(carry, steps),
});

/**
 * Weights of n streams, token by token (Xie et al. 2025, mHC, eq. 7 and 8): a = sigmoid(l_1) + 1e-6, c = 2 sigmoid(l_2),
 * B = Sinkhorn-Knopp(exp(l_3)), with l_k = s_k (u W_k) + b_k, u all streams of the token side by side, RMS-normed without
 * a gain. W starts as zero, s as 0.01, b as given.
 */
export const manifoldWeights = (logits: Logits, steps: number): StreamWeightsFactory => ({
  name: 'manifold hyper-connections',
  make: ({ width }) => new ManifoldWeights(logits, steps, width),
});

class ManifoldWeights extends Module implements StreamWeights {
  /** b of a, c and B, side by side: [(2 + n) n] */
  readonly base: Parameter<tf.Rank.R1>;
  /** W, side by side: [n D, (2 + n) n] */
  readonly projection: Parameter<tf.Rank.R2>;
  /** s: [3] */
  readonly scale: Parameter<tf.Rank.R1>;
  private readonly steps: number;

  constructor({ read, write, carry }: Logits, steps: number, width: number) {
    super();
    const base = [...read, ...write, ...carry.flat()];
    this.base = givenParameter(base);
    this.projection = constantParameter<tf.Rank.R2>([read.length * width, base.length], 0);
    this.scale = constantParameter([3], 0.01);
    this.steps = steps;
  }

  call(streams: readonly tf.Tensor3D[]): StreamTensors {
    const n = streams.length;
    const side = tf.concat3d([...streams], 2); // [B, T, n D]
    const normed = rmsNorm(side, tf.ones<tf.Rank.R1>([side.shape[2]]), EPSILON);
    const sizes = [n, n, n * n];
    const mapped = tf.split(linear(normed, this.projection.value), sizes, 2);
    const scales = tf.split(this.scale.value, 3);
    const bases = tf.split(this.base.value, sizes);
    const [read, write, carry] = mapped.map((part, k) => tf.add(tf.mul(part, scales[k]!), bases[k]!));
    const [batch, tokens] = side.shape;
    return {
      read: tf.add(tf.sigmoid(read!), EPSILON),
      write: tf.mul(tf.sigmoid(write!), 2),
      carry: sinkhorn(tf.reshape(carry!, [batch, tokens, n, n]), this.steps),
    };
  }
}
