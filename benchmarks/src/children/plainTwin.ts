import type { StateDict } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import type { IdBatch, Task } from './task';

/** Post-LN or Admin Transformer in tfjs's own ops alone, as a careful tfjs user writes it without our packages. */
export class PlainTwin {
  private readonly weights: Readonly<Record<string, tf.Variable>>;

  /** Takes the weights by the paths that our own model uses. */
  constructor(
    private readonly task: Task,
    state: StateDict,
  ) {
    this.weights = Object.fromEntries(
      Object.entries(state).map(([path, { data, shape }]) => [
        path,
        tf.variable(tf.tensor(data, [...shape])),
      ]),
    );
  }

  get parameters(): number {
    return Object.values(this.weights).reduce((sum, { size }) => sum + size, 0);
  }

  /** Mean label-smoothed cross-entropy of a batch. */
  loss(batch: IdBatch, training: boolean): tf.Scalar {
    const { rows, sourceTime, targetTime, source, target, labels } = batch;
    const { vocabulary, smoothing, depth, padId } = this.task;
    const ids = (list: readonly number[], time: number): tf.Tensor2D =>
      tf.tensor2d([...list], [rows, time], 'int32');
    const sourceIds = ids(source, sourceTime);
    const pads = tf.reshape(tf.mul(tf.cast(tf.equal(sourceIds, padId), 'float32'), -1e9), [
      rows,
      1,
      1,
      sourceTime,
    ]);
    const future = tf.mul(tf.sub(1, tf.linalg.bandPart(tf.ones([targetTime, targetTime]), -1, 0)), -1e9);
    let memory = this.embed(sourceIds, training);
    for (let b = 0; b < depth; b++) {
      memory = this.residual(`encoder.layers.${b}.selfAttention`, memory, training, (path) =>
        this.attention(path, memory, memory, pads, training),
      );
      memory = this.feedForward(`encoder.layers.${b}.feedForward`, memory, training);
    }
    let x = this.embed(ids(target, targetTime), training);
    for (let b = 0; b < depth; b++) {
      x = this.residual(`decoder.layers.${b}.selfAttention`, x, training, (path) =>
        this.attention(path, x, x, future, training),
      );
      x = this.residual(`decoder.layers.${b}.crossAttention`, x, training, (path) =>
        this.attention(path, x, memory, pads, training),
      );
      x = this.feedForward(`decoder.layers.${b}.feedForward`, x, training);
    }
    const table = this.weights['sourceEmbedding.table'] as tf.Variable<tf.Rank.R2>;
    const logits = tf.matMul(tf.reshape<tf.Rank.R2>(x, [-1, this.task.width]), table, false, true);
    const wanted = tf.oneHot(tf.tensor1d([...labels], 'int32'), vocabulary);
    // The mean over what weighs anything: pads do not.
    const real = tf.tensor1d(labels.map((id) => (id === padId ? 0 : 1)));
    return tf.losses.softmaxCrossEntropy(wanted, logits, real, smoothing) as tf.Scalar;
  }

  private dropout(x: tf.Tensor, training: boolean): tf.Tensor {
    return training ? tf.dropout(x, this.task.dropout) : x;
  }

  /** ids [B, T]: [B, T, D] */
  private embed(ids: tf.Tensor2D, training: boolean): tf.Tensor {
    const { width, padId } = this.task;
    const time = ids.shape[1];
    const half = width / 2;
    const frequency = tf.exp(tf.mul(tf.range(0, half), -Math.log(10000) / (half - 1)));
    const angle = tf.mul(tf.reshape(tf.range(padId + 1, padId + 1 + time), [time, 1]), frequency);
    const positions = tf.concat([tf.sin(angle), tf.cos(angle)], 1);
    const rows = tf.mul(tf.gather(this.weights['sourceEmbedding.table']!, ids), Math.sqrt(width));
    return this.dropout(tf.add(rows, positions), training);
  }

  /** x W + b over the last axis, as one flat product: tfjs's own gradient of a broadcast one is wrong. */
  private linear(path: string, x: tf.Tensor): tf.Tensor {
    const weight = this.weights[`${path}.weight`] as tf.Variable<tf.Rank.R2>;
    const flat = tf.matMul(tf.reshape<tf.Rank.R2>(x, [-1, weight.shape[0]]), weight);
    return tf.reshape(tf.add(flat, this.weights[`${path}.bias`]!), [
      ...x.shape.slice(0, -1),
      weight.shape[1],
    ]);
  }

  private residual(
    path: string,
    x: tf.Tensor,
    training: boolean,
    branch: (path: string) => tf.Tensor,
  ): tf.Tensor {
    const omega = this.weights[`${path}.omega`];
    const change = this.dropout(branch(`${path}.branch`), training);
    const sum = tf.add(omega ? tf.mul(x, omega) : x, change);
    const { mean, variance } = tf.moments(sum, -1, true);
    const normal = tf.mul(tf.sub(sum, mean), tf.rsqrt(tf.add(variance, 1e-5)));
    return tf.add(tf.mul(normal, this.weights[`${path}.after.gain`]!), this.weights[`${path}.after.bias`]!);
  }

  private feedForward(path: string, x: tf.Tensor, training: boolean): tf.Tensor {
    return this.residual(path, x, training, (branch) =>
      this.linear(`${branch}.outer`, tf.relu(this.linear(`${branch}.inner`, x))),
    );
  }

  private attention(
    path: string,
    x: tf.Tensor,
    memory: tf.Tensor,
    mask: tf.Tensor,
    training: boolean,
  ): tf.Tensor {
    const { heads, width } = this.task;
    const [rows, time] = x.shape as [number, number];
    const split = (packed: tf.Tensor): tf.Tensor4D =>
      tf.transpose(
        tf.reshape<tf.Rank.R4>(packed, [rows, packed.shape[1]!, heads, width / heads]),
        [0, 2, 1, 3],
      );
    const packed =
      x === memory
        ? tf.split(this.linear(`${path}.queryKeyValue`, x), 3, 2)
        : [this.linear(`${path}.query`, x), ...tf.split(this.linear(`${path}.keyValue`, memory), 2, 2)];
    const [q, k, v] = packed.map(split) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
    const scores = tf.add(tf.mul(tf.matMul(q, k, false, true), (width / heads) ** -0.5), mask);
    const y = tf.matMul(this.dropout(tf.softmax(scores), training) as tf.Tensor4D, v);
    return this.linear(`${path}.output`, tf.reshape(tf.transpose(y, [0, 2, 1, 3]), [rows, time, width]));
  }
}
