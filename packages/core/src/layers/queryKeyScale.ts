import * as tf from '@tensorflow/tfjs';
import { constantParameter, Module, type Parameter } from '../state/module';
import type { QueryScale, QueryScaleFactory } from './attentionScores';

class QueryKeyScale extends Module implements QueryScale {
  readonly scale: Parameter<tf.Rank.R1>;

  constructor(queryWidth: number) {
    super();
    this.scale = constantParameter([queryWidth], 1);
  }

  /** With the square, so that keys stay: scores are the same, each head's keys scaled as its queries where several share them. */
  call(x: tf.Tensor3D): tf.Tensor3D {
    const rest = x.shape[2] - this.scale.size;
    return tf.mul(x, tf.pad(tf.square(this.scale.value), [[0, rest]], 1));
  }
}

/**
 * A trained scale of every feature of every head, 1 at the start, of query and key alike, after positions have turned them:
 * s_qk of nGPT (Loshchilov et al. 2024, section 2.3.2). The `queryKeyScale` of an attention.
 */
export const queryKeyScale = (): QueryScaleFactory => ({
  name: 's_qk',
  make: (queryWidth) => new QueryKeyScale(queryWidth),
});
