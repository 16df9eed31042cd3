import * as tf from '@tensorflow/tfjs';
import { Module } from '../state/module';
import { type Norm, type NormFactory, type NormKind, normOf } from './norm';

/** c (.) norm(x), c a constant. */
class TimesNorm extends Module {
  readonly norm: Norm;

  constructor(
    norm: Norm,
    private readonly factor: number,
  ) {
    super();
    this.norm = norm;
  }

  call(x: tf.Tensor3D): tf.Tensor3D {
    return tf.tidy(() => tf.mul(this.norm.call(x), this.factor));
  }
}

/** A norm times a constant that depends on the width D of the stream. `name` is what summaries say. */
export const timesNorm = (name: string, kind: NormKind, factor: (width: number) => number): NormFactory => ({
  name,
  make: (width) => new TimesNorm(normOf(kind, width), factor(width)),
});
