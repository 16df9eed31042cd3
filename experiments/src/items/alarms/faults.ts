import type { Schedule, Transformer } from '@steadyformer/core';
import type { TokenBatch } from '@steadyformer/translate';
import * as tf from '@tensorflow/tfjs';
import type { FaultName } from './faultNames';

/** How a fault changes a run. What it leaves out stays as in a healthy one. */
export interface Fault {
  /** Whether it acts from the first update on, or begins in the middle of a run. */
  readonly atStart?: boolean;
  /** Factor of the learning rate once it acts. */
  readonly rate?: number;
  readonly warmup?: boolean;
  readonly deep?: boolean;
  readonly epsilon?: number;
  /** The batch that is learned from in place of one; `first` is that of its onset. */
  readonly batch?: (batch: TokenBatch, first: TokenBatch) => TokenBatch;
  /** What is done to a new model. */
  readonly weights?: (model: Transformer) => void;
  /** What is done to the weights after every update. */
  readonly after?: (model: Transformer) => void;
}

/** Every sentence gets the target of the one before it. */
export const shuffledTargets = (batch: TokenBatch): TokenBatch => {
  const { targetInput, targetOutput, targetShape } = batch;
  const width = targetShape[1];
  const turned = (ids: Int32Array): Int32Array => {
    const from = ids.length - width;
    const moved = new Int32Array(ids.length);
    moved.set(ids.subarray(from));
    moved.set(ids.subarray(0, from), width);
    return moved;
  };
  return { ...batch, targetInput: turned(targetInput), targetOutput: turned(targetOutput) };
};

/** The nearest numbers with so many bits of precision, 8 being bfloat16's, ties to even. */
export const withBits = (values: Float32Array, bits: number): Float32Array => {
  const dropped = 24 - bits;
  const words = new Uint32Array(values.slice().buffer);
  for (const [i, word] of words.entries()) {
    const half = 2 ** (dropped - 1) - 1 + ((word >>> dropped) & 1);
    words[i] = ((word + half) >>> dropped) << dropped;
  }
  return new Float32Array(words.buffer);
};

const changed = (model: Transformer, change: (value: tf.Tensor, path: string) => tf.Tensor): void => {
  for (const { path, parameter } of model.parameters()) {
    tf.tidy(() => parameter.assign(change(parameter.value, path)));
  }
};

const rounded = (model: Transformer, bits: number): void =>
  changed(model, (value) =>
    tf.tensor(withBits(Float32Array.from(value.dataSync()), bits), value.shape, 'float32'),
  );

const inBranch = /\.layers\.\d+\./;

export const FAULTS: Readonly<Record<FaultName, Fault>> = {
  none: {},
  rate10: { rate: 10 },
  rate30: { rate: 30 },
  noWarmup: { atStart: true, warmup: false },
  shuffledTargets: { batch: shuffledTargets },
  repeatedBatch: { batch: (_, first) => first },
  gains3: {
    atStart: true,
    weights: (model) =>
      changed(model, (value, path) =>
        value.rank === 2 && inBranch.test(path) ? tf.mul(value, 3) : tf.clone(value),
      ),
  },
  deep: { atStart: true, deep: true },
  bfloat16: { after: (model) => rounded(model, 8) },
  fourBits: { after: (model) => rounded(model, 4) },
  epsilon: { atStart: true, epsilon: 1e-30 },
};

/** The schedule of a run with a fault. */
export const scheduleWith =
  ({ rate = 1, warmup = true }: Fault, healthy: Schedule, onset: number, peakAt: number): Schedule =>
  (update) => {
    if (!warmup && update < peakAt) return healthy(peakAt);
    return healthy(update) * (update >= onset ? rate : 1);
  };
