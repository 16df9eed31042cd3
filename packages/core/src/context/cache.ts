import * as tf from '@tensorflow/tfjs';
import { check, SteadyformerError } from '../checks/errors';

interface Slot {
  readonly keyValue: tf.Tensor3D;
  /** Which row each was when this was stored: rows of one origin hold the same. */
  readonly origins: readonly number[];
}

/**
 * Keys and values of incremental decoding, one slot a self- or cross-attention, named by its path.
 * Owns its tensors: they are kept out of any tidy and freed by `dispose`.
 */
export class KeyValueCache {
  private readonly slots = new Map<string, Slot>();
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
    return this.slots.get(path)?.keyValue;
  }

  /** Stores [B, T, 2 G Dh] under `path`, freeing what was there. */
  set(path: string, keyValue: tf.Tensor3D, owner?: object): void {
    if (owner) this.owners.set(path, owner);
    const kept = tf.keep(tf.clone(keyValue));
    this.slots.get(path)?.keyValue.dispose();
    this.slots.set(path, { keyValue: kept, origins: Array.from({ length: kept.shape[0] }, (_, row) => row) });
  }

  /**
   * Keeps the rows `indices` of every slot, in that order (beam search reorders, finished sentences leave). A slot that
   * stays as it is (keys of a source, whose hypotheses change places) is not copied.
   */
  select(indices: readonly number[]): void {
    check(Array.isArray(indices), 'KeyValueCache.select()', indices, 'a list of rows');
    // Before any slot has changed.
    for (const { keyValue } of this.slots.values()) {
      const { shape } = keyValue;
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
    for (const [path, slot] of this.slots) {
      const origins = indices.map((row) => slot.origins[row]!);
      if (origins.length === slot.origins.length && origins.every((row, i) => row === slot.origins[i]))
        continue;
      const keyValue = tf.keep(tf.gather(slot.keyValue, rows));
      slot.keyValue.dispose();
      this.slots.set(path, { keyValue, origins });
    }
    rows.dispose();
  }

  dispose(): void {
    for (const { keyValue } of this.slots.values()) keyValue.dispose();
    this.slots.clear();
    this.owners.clear();
    this.length = 0;
  }
}
