import * as tf from '@tensorflow/tfjs';
import { lossAndGradient, lossAndGradientInto } from '../autodiff/gradients';
import type { Optimizer } from '../optim/optimizer';
import type { BegunReduction, Between, JoinedSums } from '../optim/shard';
import { type Extent, extentsOf, tensorsOver } from '../state/flat';
import { sharesMemory } from './replica';

/** A gradient in the array that machines exchange. */
interface InPlace {
  readonly array: Float32Array;
  /** Over it, a tensor a parameter. */
  readonly tensors: readonly tf.Tensor[];
  readonly extents: readonly Extent[];
}

/**
 * The gradient of a learner that trains with others, [P] in the flat order of its optimizer, until theirs are added. A backend that
 * computes in memory it is given writes it to the array that they exchange, where nothing is copied on its way, and what is done of
 * it can be sent while the backward pass goes on.
 */
export class JointGradient {
  private readonly inPlace: InPlace | undefined;
  /** Where it is not in place: what has been added up. */
  private sum: tf.Tensor1D | undefined;
  /** Whether the array holds a gradient of this update. */
  private written = false;
  private begun: BegunReduction | undefined;
  /** The end of one that was given up: until then others' numbers come into the array. */
  private leaving: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly optimizer: Optimizer,
    private readonly between: Between,
  ) {
    if (!sharesMemory()) return;
    const { flat, size } = optimizer;
    const array = new Float32Array(size);
    this.inPlace = { array, tensors: tensorsOver(array, flat), extents: extentsOf(flat) };
  }

  /** The array that machines exchange, where there is one: free for other uses from a step to the next gradient. */
  get array(): Float32Array | undefined {
    return this.inPlace?.array;
  }

  /**
   * Adds the gradient of a loss to that of the update; of the `last` one parts may be sent before all is computed. The caller
   * disposes the loss that it resolves with.
   */
  async add(loss: () => tf.Scalar, last: boolean): Promise<tf.Scalar> {
    const { inPlace, optimizer, between } = this;
    await this.leaving;
    if (!inPlace) {
      const { loss: value, gradient } = lossAndGradient(optimizer.trained, loss);
      const before = this.sum;
      this.sum = before ? tf.add<tf.Tensor1D>(before, gradient) : gradient;
      if (before) tf.dispose([before, gradient]);
      return value;
    }
    const { array, tensors, extents } = inPlace;
    if (last) this.begun = await between.begin?.(array);
    const { begun } = this;
    const value = lossAndGradientInto(optimizer.flat, loss, tensors, this.written, {
      done: (i) => begun?.ready(extents[i]!),
      passed: () => begun?.goOn(),
    });
    this.written = true;
    return value;
  }

  /**
   * Joins it with those of all machines, who call it alike, and their sums with the own ones. The caller disposes the own stretch,
   * which `stepShard` takes; it has these values until the next gradient is added, or another use made of `array`.
   */
  async join(own: Readonly<Record<string, number>>): Promise<JoinedSums & { readonly stretch: tf.Tensor1D }> {
    await this.leaving;
    const array = await this.values();
    const result = await this.between.reduce(array, own);
    this.begun = undefined;
    this.clear();
    const { from, to } = this.optimizer.stretch;
    return { ...result, stretch: tf.tensor1d(array.subarray(from, to)) };
  }

  /** Gives up what there is of an update's gradient. */
  clear(): void {
    this.sum?.dispose();
    this.sum = undefined;
    this.written = false;
    // Whoever is told of a failure need not wait for the others, one of whom may be what failed.
    this.leaving = this.begun?.abandon().catch(() => {}) ?? this.leaving;
    this.begun = undefined;
  }

  dispose(): void {
    this.clear();
    tf.dispose([...(this.inPlace?.tensors ?? [])]);
  }

  /** All of the own gradient; of no loss at all it is zero. */
  private async values(): Promise<Float32Array> {
    if (this.inPlace) {
      const { array } = this.inPlace;
      return this.written ? array : array.fill(0);
    }
    if (!this.sum) return new Float32Array(this.optimizer.size);
    const flat = this.optimizer.flatGradient(this.sum);
    try {
      return await flat.data<'float32'>();
    } finally {
      flat.dispose();
    }
  }
}
