import * as tf from '@tensorflow/tfjs';
import { check, SteadyformerError } from '../checks/errors';

/**
 * Keys and values of incremental decoding, one slot a self- or cross-attention, named by its path.
 * Owns its tensors: they are kept out of any tidy and freed by `dispose`.
 */
export class KeyValueCache {
  private readonly slots = new Map<string, tf.Tensor3D>();
  private readonly owners = new Map<string, object>();

  /** Positions of the target decoded so far. */
  length = 0;

  /** What was stored under `path`. Throws where it is another `owner`'s: both would take each other's keys. */
  get(path: string, owner?: object): tf.Tensor3D | undefined {
    const known = this.owners.get(path);
    if (owner && known && owner !== known) {
      throw new SteadyformerError(
        `two attentions share the cache slot '${path}': give each a context of its own, scope(context, 'name')`,
      );
    }
    return this.slots.get(path);
  }

  /** Stores [B, T, 2 G Dh] under `path`, freeing what was there. */
  set(path: string, keyValue: tf.Tensor3D, owner?: object): void {
    if (owner) this.owners.set(path, owner);
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
    this.owners.clear();
    this.length = 0;
  }
}
