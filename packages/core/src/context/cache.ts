import * as tf from '@tensorflow/tfjs';
import { check } from '../checks/errors';

/**
 * Keys and values of incremental decoding, one slot a self- or cross-attention, named by its path.
 * Owns its tensors: they are kept out of any tidy and freed by `dispose`.
 */
export class KeyValueCache {
  private readonly slots = new Map<string, tf.Tensor3D>();

  /** Positions of the target decoded so far. */
  length = 0;

  get(path: string): tf.Tensor3D | undefined {
    return this.slots.get(path);
  }

  /** Stores [B, T, 2 G Dh] under `path`, freeing what was there. */
  set(path: string, keyValue: tf.Tensor3D): void {
    const kept = tf.keep(tf.clone(keyValue));
    this.slots.get(path)?.dispose();
    this.slots.set(path, kept);
  }

  /** Keeps the rows `indices` of every slot, in that order (beam search reorders, finished sentences leave). */
  select(indices: readonly number[]): void {
    check(Array.isArray(indices), 'KeyValueCache.select()', indices, 'a list of rows');
    // Before any slot has changed.
    for (const { shape } of this.slots.values()) {
      for (const row of indices) {
        check(
          Number.isInteger(row) && row >= 0 && row < shape[0],
          'row of KeyValueCache.select()',
          row,
          `0 to ${shape[0] - 1}`,
        );
      }
      break;
    }
    const rows = tf.tensor1d([...indices], 'int32');
    for (const [path, tensor] of this.slots) {
      const chosen = tf.keep(tf.gather(tensor, rows));
      tensor.dispose();
      this.slots.set(path, chosen);
    }
    rows.dispose();
  }

  dispose(): void {
    for (const tensor of this.slots.values()) tensor.dispose();
    this.slots.clear();
    this.length = 0;
  }
}
