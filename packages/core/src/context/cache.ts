import * as tf from '@tensorflow/tfjs';
import type { AttentionStepAttrs } from '../backend/kernels';
import { check, SteadyformerError } from '../checks/errors';
import { attentionStep, type Piece, readsPieces, wholeOf } from '../ops/attentionStep';

interface Slot {
  /** One a call of `append` or `set`, in the order of the positions. */
  readonly pieces: readonly Piece[];
  /** The last columns of every piece, 2 G Dh, are what is kept. */
  readonly columns: number;
  /** Of the first piece: which row each of its rows was when it was stored. Rows of one origin hold the same. */
  readonly origins: ArrayLike<number>;
}

/**
 * Keys and values of incremental decoding, one slot a self- or cross-attention, named by its path. Nothing is moved when a
 * search reorders its rows: a slot is a list of pieces, as they came, each with the row of it that every row reads.
 * Owns its tensors: they are kept out of any tidy and freed by `dispose`.
 */
export class KeyValueCache {
  private readonly slots = new Map<string, Slot>();
  private readonly owners = new Map<string, object>();
  /** Of the pieces that came last: 0, 1, ... */
  private order = new Int32Array(0);

  /** Positions of the target decoded so far. */
  length = 0;

  /**
   * What was stored under `path`, a row each: [B, T, 2 G Dh], the same tensor as long as no row changes. Throws where it is
   * another `owner`'s: both would take each other's keys.
   */
  get(path: string, owner?: object): tf.Tensor3D | undefined {
    const slot = this.slotOf(path, owner);
    if (!slot) return undefined;
    const { pieces, columns, origins } = slot;
    const [first] = pieces as readonly [Piece];
    const { lines, rows } = first;
    const [most, , width] = lines.shape;
    const stays = Array.from(rows).every((row, i) => origins[row] === origins[i]);
    if (pieces.length === 1 && rows.length === most && width === columns && stays) return lines;
    const whole = tf.keep(wholeOf(pieces, columns));
    tf.dispose(pieces.map((piece) => piece.lines));
    const own = this.inOrder(rows.length);
    const kept = pieces.length === 1 ? Array.from(rows, (row) => origins[row]!) : own;
    this.slots.set(path, { pieces: [{ lines: whole, rows: own }], columns, origins: kept });
    return whole;
  }

  /** The pieces under `path`, none where nothing was stored. Throws as `get` does. */
  pieces(path: string, owner?: object): readonly Piece[] {
    return this.slotOf(path, owner)?.pieces ?? [];
  }

  /** Whether attention of one position a row may `attend` to what lies here: elsewhere putting it together is faster. */
  isReadInPlace(): boolean {
    return readsPieces();
  }

  /**
   * Attention of one query a row, the first H Dh columns of query [B, 1, ...], to what is under `path`; mask
   * [any, 1, 1, Tk]. Returns [B, 1, H Dh]. No gradient.
   */
  attend(
    path: string,
    query: tf.Tensor3D,
    attrs: Omit<AttentionStepAttrs, 'rows'>,
    mask?: tf.Tensor4D,
  ): tf.Tensor3D {
    return attentionStep(query, this.pieces(path), mask, attrs);
  }

  /** Positions under `path`. */
  positions(path: string): number {
    return this.pieces(path).reduce((sum, { lines }) => sum + lines.shape[1], 0);
  }

  /** Stores [B, T, 2 G Dh] under `path`, freeing what was there; a row each, or the rows of it that `rows` says. */
  set(path: string, keyValue: tf.Tensor3D, owner?: object, rows?: ArrayLike<number>): void {
    this.store(
      path,
      [],
      { lines: keyValue, rows: rows ?? this.inOrder(keyValue.shape[0]) },
      keyValue.shape[2],
      owner,
    );
  }

  /** Adds the positions of lines [B, T, columns or more], whose last `columns` columns are 2 G Dh, to those under `path`. */
  append(path: string, lines: tf.Tensor3D, columns: number, owner?: object): void {
    const before = this.slotOf(path, owner)?.pieces ?? [];
    const rows = this.inOrder(lines.shape[0]);
    const [first] = before;
    check(
      !first || first.rows.length === rows.length,
      'rows to decode',
      rows.length,
      `the cache's ${first?.rows.length}`,
    );
    this.store(path, before, { lines, rows }, columns, owner);
  }

  private store(
    path: string,
    before: readonly Piece[],
    { lines, rows }: Piece,
    columns: number,
    owner: object | undefined,
  ): void {
    if (owner) this.owners.set(path, owner);
    const kept = tf.keep(tf.clone(lines));
    const old = this.slots.get(path);
    if (before.length === 0 && old) tf.dispose(old.pieces.map((piece) => piece.lines));
    const origins = before.length > 0 ? old!.origins : this.inOrder(kept.shape[0]);
    this.slots.set(path, { pieces: [...before, { lines: kept, rows }], columns, origins });
  }

  private inOrder(rows: number): Int32Array {
    if (this.order.length !== rows) this.order = Int32Array.from({ length: rows }, (_, row) => row);
    return this.order;
  }

  private slotOf(path: string, owner?: object): Slot | undefined {
    const known = this.owners.get(path);
    if (owner && known && owner !== known) {
      throw new SteadyformerError(
        `two attentions share the cache slot '${path}': give each a context of its own, scope(context, 'name')`,
      );
    }
    return this.slots.get(path);
  }

  /**
   * Keeps the rows `indices` of every slot, in that order (beam search reorders, finished sentences leave). Only notes which
   * row of each piece is read; what few rows read any more is put together anew.
   */
  select(indices: readonly number[]): void {
    check(Array.isArray(indices), 'KeyValueCache.select()', indices, 'a list of rows');
    // Before any slot has changed.
    for (const { pieces } of this.slots.values()) {
      const most = pieces[0]!.rows.length;
      for (const row of indices) {
        const fits = Number.isInteger(row) && row >= 0 && row < most;
        check(fits, 'row of KeyValueCache.select()', row, `0 to ${most - 1}`);
      }
      break;
    }
    // Pieces of one step have the same rows in every slot.
    const known = new Map<ArrayLike<number>, Int32Array>();
    const chosen = (rows: ArrayLike<number>): Int32Array => {
      const made = known.get(rows) ?? Int32Array.from(indices, (row) => rows[row]!);
      known.set(rows, made);
      return made;
    };
    for (const [path, slot] of this.slots) {
      const pieces = slot.pieces.map(({ lines, rows }) => ({ lines, rows: chosen(rows) }));
      this.slots.set(path, { ...slot, pieces });
      const most = Math.max(...pieces.map(({ lines }) => lines.shape[0]));
      if (pieces.length > 1 && 2 * indices.length <= most) this.get(path);
    }
  }

  dispose(): void {
    for (const { pieces } of this.slots.values()) tf.dispose(pieces.map(({ lines }) => lines));
    this.slots.clear();
    this.owners.clear();
    this.length = 0;
  }
}
