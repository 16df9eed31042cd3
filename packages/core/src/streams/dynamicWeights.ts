import * as tf from '@tensorflow/tfjs';
import { type Norm, type NormSpec, normOf } from '../layers/norm';
import { linear } from '../ops/linear';
import { constantParameter, givenParameter, Module, type Parameter } from '../state/module';
import type { StreamPlan, StreamTensors, StreamWeights, StreamWeightsFactory } from './plan';

/** The numbers that weights start at. */
export type WeightNumbers = Pick<StreamPlan, 'read' | 'carry' | 'write'>;

/**
 * Weights of n streams, token by token, near trained ones (Zhu et al. 2024, Hyper-Connections, eq. 10 to 13): with
 * H_j = N(x_j), a_j = a_j + s_1 tanh(H_j w_a), B_ij = B_ij + s_1 tanh(H_j W_B)_i, c_j = c_j + s_2 tanh(H_j w_c). The maps
 * start as zero, s as 0.01, so at the start the weights are the given numbers.
 */
export const dynamicWeights = (numbers: WeightNumbers, norm: NormSpec): StreamWeightsFactory => ({
  name: 'hyper-connections',
  make: ({ width }) => new DynamicWeights(numbers, normOf(norm, width), width),
});

class DynamicWeights extends Module implements StreamWeights {
  /** a [n], B [n n] row by row, c [n]. */
  readonly read: Parameter<tf.Rank.R1>;
  readonly carry: Parameter<tf.Rank.R1>;
  readonly write: Parameter<tf.Rank.R1>;
  readonly norm: Norm;
  /** w_a, w_c and W_B side by side: [D, 2 + n] */
  readonly projection: Parameter<tf.Rank.R2>;
  /** s: [2] */
  readonly scale: Parameter<tf.Rank.R1>;

  constructor({ read, carry, write }: WeightNumbers, norm: Norm, width: number) {
    super();
    this.read = givenParameter(read);
    this.carry = givenParameter(carry.flat());
    this.write = givenParameter(write);
    this.norm = norm;
    this.projection = constantParameter<tf.Rank.R2>([width, 2 + read.length], 0);
    this.scale = constantParameter([2], 0.01);
  }

  call(streams: readonly tf.Tensor3D[]): StreamTensors {
    const n = streams.length;
    const [batch, tokens] = streams[0]!.shape;
    const normed = this.norm.call(tf.concat3d([...streams], 0)); // [n B, T, D]
    const mapped = tf.tanh(linear(normed, this.projection.value)); // [n B, T, 2 + n]
    const byToken = tf.transpose(tf.reshape(mapped, [n, batch, tokens, 2 + n]), [1, 2, 3, 0]); // [B, T, 2 + n, n]
    const [read, write, carry] = tf.split(byToken, [1, 1, n], 2) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
    const [ofRead, ofWrite] = tf.split(this.scale.value, 2) as [tf.Tensor1D, tf.Tensor1D];
    return {
      read: tf.add(this.read.value, tf.mul(tf.squeeze(read, [2]), ofRead)),
      carry: tf.add(tf.reshape(this.carry.value, [n, n]), tf.mul(carry, ofRead)),
      write: tf.add(this.write.value, tf.mul(tf.squeeze(write, [2]), ofWrite)),
    };
  }
}
