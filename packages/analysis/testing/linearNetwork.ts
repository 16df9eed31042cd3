import {
  type Branch,
  type Encoder,
  encoder,
  Linear,
  Module,
  type RandomStream,
  type ResidualMethod,
} from '@steadyformer/core';
import type * as tf from '@tensorflow/tfjs';

/** A branch of one matrix and a bias. */
class Matrix extends Module implements Branch {
  readonly map: Linear;

  constructor(width: number, random: RandomStream) {
    super();
    this.map = new Linear({ inputs: width, outputs: width }, {}, random);
  }

  call(x: tf.Tensor3D): tf.Tensor3D {
    return this.map.call(x);
  }
}

const plain: ResidualMethod = {
  name: 'plain',
  options: {},
  plan: () => ({ residual: { shortcutScale: { kind: 'one' }, branchScale: { kind: 'one' } } }),
};

/** x <- x + x W + b, so many times: no norms, no activation. One layer is linear in its weights. */
export const linearNetwork = (depth: number, width: number): Encoder =>
  encoder({ method: plain, width, heads: 2, depth, block: ['matrix'] }, 3, {
    matrix:
      () =>
      ({ random }) =>
        new Matrix(width, random),
  });
