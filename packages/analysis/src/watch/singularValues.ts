import { randomStream } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';

/** Power iterations at the first look and at the later ones, which begin where the one before ended. */
const ITERATIONS = { first: 16, later: 2 };

/** A matrix, or a parameter of more axes, all but the last of which are its rows. */
export interface NamedMatrix {
  readonly path: string;
  readonly value: tf.Tensor;
}

/**
 * The largest singular values |W|_2 of weight matrices by power iteration, u = W v / |W v|, v = W^T u / |W^T u|, whose
 * |W^T u| comes to it from below. As in spectral normalisation (Miyato et al. 2018) the vectors are kept from
 * look to look, in which weights move little: outside the backend, since they are small.
 *
 * @see https://arxiv.org/abs/1802.05957
 */
export class SingularValues {
  private readonly vectors = new Map<string, Float32Array>();

  /** Of each matrix, in their order. */
  async read(matrices: readonly NamedMatrix[]): Promise<number[]> {
    const found = tf.tidy(() => matrices.map((matrix) => this.iterate(matrix)));
    const [values, vectors] = tf.tidy(() => [
      tf.stack(found.map(({ value }) => value)),
      tf.concat(found.map(({ vector }) => tf.reshape<tf.Rank.R1>(vector, [-1]))),
    ]);
    const sizes = found.map(({ vector }) => vector.size);
    tf.dispose(found.map(({ value, vector }) => [value, vector]));
    const [numbers, all] = await Promise.all([values!.data<'float32'>(), vectors!.data<'float32'>()]);
    tf.dispose([values!, vectors!]);
    let from = 0;
    for (const [i, { path }] of matrices.entries()) {
      const to = from + sizes[i]!;
      // From a matrix of zeros, and from what is not finite, no vector leads on.
      if (numbers[i]! > 0 && Number.isFinite(numbers[i])) this.vectors.set(path, all.slice(from, to));
      else this.vectors.delete(path);
      from = to;
    }
    return Array.from(numbers);
  }

  private iterate({ path, value }: NamedMatrix): { readonly value: tf.Scalar; readonly vector: tf.Tensor2D } {
    const matrix = tf.reshape<tf.Rank.R2>(value, [-1, value.shape.at(-1)!]); // [m, n]
    const columns = matrix.shape[1];
    const kept = this.vectors.get(path);
    const start = kept ?? Float32Array.from(randomStream(1).fork(columns).normal(columns));
    let vector = tf.tensor2d(start, [1, columns]);
    let length = tf.scalar(0);
    for (let i = 0; i < (kept ? ITERATIONS.later : ITERATIONS.first); i++) {
      const [u] = direction(tf.matMul(vector, matrix, false, true)); // [1, m]
      [vector, length] = direction(tf.matMul(u, matrix)); // [1, n]
    }
    return { value: length, vector };
  }
}

/** A vector over its length, and the length. */
const direction = (x: tf.Tensor2D): [tf.Tensor2D, tf.Scalar] => {
  const length = tf.sqrt(tf.sum<tf.Scalar>(tf.square(x)));
  return [tf.div(x, tf.maximum(length, 1e-30)), length];
};
