import * as tf from '@tensorflow/tfjs';
import { recompute } from '../autodiff/recompute';
import { RmsNorm } from '../layers/rmsNorm';
import { linear } from '../ops/linear';
import { constantParameter, Module, type Parameter } from '../state/module';
import type { StreamTensors, StreamWeights, StreamWeightsFactory } from './plan';

/**
 * What is read is a mean of the streams x_j, token by token: a = softmax_j(w . RMSNorm(x_j)) (Kimi Team 2026, Attention
 * Residuals). w starts as zero, so the mean is even at the start.
 */
export const depthAttention = (): StreamWeightsFactory => ({
  name: 'attention over depth',
  gives: ['a'],
  make: ({ width }) => new DepthAttention(width),
});

class DepthAttention extends Module implements StreamWeights {
  readonly norm: RmsNorm;
  /** w: [D] */
  readonly query: Parameter<tf.Rank.R1>;

  constructor(width: number) {
    super();
    this.norm = new RmsNorm(width);
    this.query = constantParameter([width], 0);
  }

  /** All earlier streams side by side are as much again as there are of them, so the backward pass makes them anew. */
  call(streams: readonly tf.Tensor3D[]): StreamTensors {
    return { read: recompute(streams, (own) => this.shares(own as readonly tf.Tensor3D[])) };
  }

  /** a of n streams: [B, T, n] */
  private shares(streams: readonly tf.Tensor3D[]): tf.Tensor3D {
    const [batch, tokens, width] = streams[0]!.shape;
    const keys = this.norm.call(tf.concat3d([...streams], 0)); // [n B, T, D]
    const scores = linear(keys, tf.reshape(this.query.value, [width, 1])); // [n B, T, 1]
    const byToken = tf.transpose<tf.Tensor3D>(tf.reshape(scores, [streams.length, batch, tokens]), [1, 2, 0]); // [B, T, n]
    return tf.softmax(byToken);
  }
}
