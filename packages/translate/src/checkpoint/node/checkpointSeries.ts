import { join } from 'node:path';
import { callback, fields, finite, oneOf, parseAs, SteadyformerError, whole } from '@steadyformer/core';
import { syncFolder } from '@steadyformer/core/node';
import * as v from 'valibot';
import { checkFolderPath } from '../../checks/node/folderPath';
import type { SchemasOf } from '../../checks/schemas';
import { type Checkpoint, checkedCheckpoint } from '../checkpoint';
import type { SavedConfig } from '../manifest';
import { inspectCheckpoint, loadCheckpoint, saveCheckpoint } from './checkpointFolder';
import { inTurn } from './inTurn';
import { BEST, type Better, bestScore, keepIfBest, recordedBetter } from './seriesBest';
import { clearRemoved, folderName, namedUpdates, removeFolder, setAside } from './seriesFolders';

/** What a series keeps. */
export interface CheckpointSeriesOptions {
  /** How many of the newest stay. Default 2: where the newest is damaged the one before it is there. */
  readonly keep?: number;
  /** The first checkpoint at or after every multiple of so many updates stays for good. Default: none does. */
  readonly keepEvery?: number;
  /**
   * Whether the checkpoint of an update is one of the series. Others, such as of a run that was stopped, stay as long as
   * they are the newest and take no other's place. Default: all are.
   */
  readonly regular?: (updates: number) => boolean;
  /** Which metric is the better one: 'lower', the default, as of a loss, or 'higher', as of BLEU. */
  readonly better?: Better;
}

/** Options of `CheckpointSeries.save`. */
export interface SaveInSeriesOptions {
  /** Of this checkpoint, such as its loss on held-out sentences. */
  readonly metric?: number;
}

/** What `save` did. */
export interface SavedInSeries {
  readonly folder: string;
  /** Whether it is the best one by its metric now. */
  readonly best: boolean;
}

/** A checkpoint that could not be read. */
export interface SkippedCheckpoint {
  readonly folder: string;
  readonly reason: string;
}

const reasonOf = (error: unknown): string => {
  if (error instanceof SteadyformerError) return error.message;
  throw error;
};

/** Whether a folder holds no more than what a stopped save leaves. */
const isUnfinished = async (folder: string): Promise<boolean> => {
  try {
    return (await inspectCheckpoint(folder)) === undefined;
  } catch (error) {
    // Who loads it says what is wrong.
    reasonOf(error);
    return false;
  }
};

/** A checkpoint of the state that its folder is named by. */
const loadNamed = async (folder: string, updates: number): Promise<Checkpoint> => {
  const checkpoint = await loadCheckpoint(folder);
  const own = checkpoint.training?.optimizer.updates;
  if (own === updates) return checkpoint;
  throw new SteadyformerError(
    `'${folder}' holds ${own === undefined ? 'a model for use only' : `the checkpoint of update ${own}`}`,
  );
};

/**
 * A run's folder of checkpoints: `update-00001234` of each that is kept, `best` with its metric in `best.json`. Whatever
 * else is in it is left alone, and so is a checkpoint's folder to which something was added. One process writes to
 * it at a time; killed at any moment, it leaves the newest whole checkpoint readable.
 */
export class CheckpointSeries {
  readonly folder: string;
  readonly #keep: number;
  readonly #keepEvery: number;
  readonly #better: Better;
  readonly #regular: (updates: number) => boolean;
  /** What is known of folders that were read or written. */
  readonly #whole: Map<number, boolean> = new Map();

  /** @throws SteadyformerError on options that are not as they should be; touches no file */
  constructor(folder: string, options: CheckpointSeriesOptions = {}) {
    this.folder = checkFolderPath('CheckpointSeries folder', folder);
    const schema = fields({
      keep: v.optional(whole(), 2),
      keepEvery: v.optional(whole()),
      regular: v.optional(callback<(updates: number) => boolean>()),
      better: v.optional(oneOf(['lower', 'higher']), 'lower'),
    } satisfies SchemasOf<CheckpointSeriesOptions>);
    const { keep, keepEvery, better, regular } = parseAs(schema, options, 'CheckpointSeries');
    this.#keep = keep;
    this.#keepEvery = keepEvery ?? Number.POSITIVE_INFINITY;
    this.#better = better;
    this.#regular = regular ?? (() => true);
  }

  /**
   * The series that a folder holds, to be read: of whichever metric its best checkpoint is told by.
   *
   * @throws SteadyformerError where the record of the best one is damaged
   */
  static async open(folder: string): Promise<CheckpointSeries> {
    const { folder: root } = new CheckpointSeries(folder);
    const better = await recordedBetter(root);
    return new CheckpointSeries(root, better ? { better } : {});
  }

  /**
   * Makes a checkpoint with its training state `best` where it is, saves it as the newest, then deletes those that are
   * not kept: in this order, each made durable before the next. A damaged one of the same update is set aside as
   * `update-00001234.damaged`. Calls go one after the other.
   *
   * @throws SteadyformerError where the series has a whole checkpoint of later updates, with nothing changed; where
   *   `best` cannot be kept, with the newest saved all the same; where a step fails nothing is deleted
   */
  async save(checkpoint: Checkpoint<SavedConfig>, options: SaveInSeriesOptions = {}): Promise<SavedInSeries> {
    const schema = fields({ metric: v.optional(finite()) } satisfies SchemasOf<SaveInSeriesOptions>);
    const { metric } = parseAs(schema, options, 'CheckpointSeries save()');
    const updates = checkedCheckpoint(checkpoint).training?.optimizer.updates;
    if (updates === undefined) {
      throw new SteadyformerError(
        "CheckpointSeries save(): received a checkpoint without 'training', whose updates name its folder. " +
          'Save a model that is for use only with saveCheckpoint.',
      );
    }
    const folder = this.#path(updates);
    // Not the path of any checkpoint, so saveCheckpoint does not wait for this.
    return inTurn(join(this.folder, 'update-*'), async () => {
      await this.#checkLater(updates);
      // The best one first: stopped in between, a run goes on from the one before and comes to the same metric again.
      const first =
        metric === undefined
          ? { best: false }
          : await keepIfBest(this.folder, this.#better, checkpoint, { updates, metric }).then(
              (best) => ({ best }),
              (error: unknown) => ({ best: false, error }),
            );
      // One that nothing can be saved to: a run that goes on from before a damaged one comes by it again.
      await inspectCheckpoint(folder).catch(() => setAside(folder));
      await saveCheckpoint(folder, checkpoint);
      this.#whole.set(updates, true);
      await syncFolder(this.folder);
      if ('error' in first) throw first.error;
      const { best } = first;
      await this.#removeOthers(updates).catch((error: unknown) => {
        const why = error instanceof Error ? error.message : String(error);
        throw new SteadyformerError(`'${folder}' is saved, but an older one could not be deleted (${why})`, {
          cause: error,
        });
      });
      return { folder, best };
    });
  }

  /** The checkpoints that are there, oldest first, by what they say of themselves: their weights are not read. */
  async list(): Promise<{ readonly folder: string; readonly updates: number }[]> {
    const found: { folder: string; updates: number }[] = [];
    for (const updates of await namedUpdates(this.folder)) {
      const folder = this.#path(updates);
      const summary = await inspectCheckpoint(folder).catch((error: unknown) => void reasonOf(error));
      if (summary?.updates === updates) found.push({ folder, updates });
    }
    return found;
  }

  /**
   * The newest checkpoint that can be read, and the newer ones that cannot, each with the reason; a save that was
   * stopped before it was whole is none.
   *
   * @returns undefined where there are no checkpoints
   * @throws SteadyformerError where there are some and none can be read
   */
  async latest(): Promise<
    | {
        readonly checkpoint: Checkpoint;
        readonly folder: string;
        readonly skipped: readonly SkippedCheckpoint[];
      }
    | undefined
  > {
    const skipped: SkippedCheckpoint[] = [];
    for (const updates of (await namedUpdates(this.folder)).reverse()) {
      const folder = this.#path(updates);
      try {
        if (await isUnfinished(folder)) continue;
        return { checkpoint: await loadNamed(folder, updates), folder, skipped };
      } catch (error) {
        // Whoever reads the reason has the folder beside it.
        skipped.push({ folder, reason: reasonOf(error).replace(`'${folder}': `, '') });
      }
    }
    if (skipped.length === 0) return undefined;
    const [{ folder, reason }] = skipped as [SkippedCheckpoint];
    throw new SteadyformerError(
      `no checkpoint of '${this.folder}' can be read, of ${skipped.length}; the newest, ${folder}: ${reason} Bring another copy, or begin anew in another folder.`,
    );
  }

  /**
   * The best checkpoint by its metric; undefined where none was saved with one.
   *
   * @throws SteadyformerError where it is damaged
   */
  async best(): Promise<
    { readonly checkpoint: Checkpoint; readonly folder: string; readonly metric: number } | undefined
  > {
    const score = await bestScore(this.folder, this.#better);
    if (!score) return undefined;
    const folder = join(this.folder, BEST);
    const checkpoint = await loadNamed(folder, score.updates).catch((error: unknown) => {
      throw new SteadyformerError(
        `the best checkpoint, '${folder}', cannot be read: ${reasonOf(error)}. Bring another copy, or move it elsewhere to go on without it.`,
        { cause: error },
      );
    });
    return { checkpoint, folder, metric: score.metric };
  }

  #path(updates: number): string {
    return join(this.folder, folderName(updates));
  }

  /** Of folders that this object has not read or written the weights are read, once. */
  async #isWhole(updates: number): Promise<boolean> {
    const known = this.#whole.get(updates);
    if (known !== undefined) return known;
    const whole = await loadNamed(this.#path(updates), updates).then(
      () => true,
      (error: unknown) => {
        reasonOf(error);
        return false;
      },
    );
    this.#whole.set(updates, whole);
    return whole;
  }

  /** `latest` would go on with the later one; a damaged one, which it skips, is not in the way. */
  async #checkLater(updates: number): Promise<void> {
    for (const later of await namedUpdates(this.folder)) {
      if (later <= updates || !(await this.#isWhole(later))) continue;
      throw new SteadyformerError(
        `CheckpointSeries save(): received update ${updates}, but '${this.#path(later)}' is later. ` +
          'Go on from it, name another folder, or move it elsewhere.',
      );
    }
  }

  /** The first checkpoint at or after every multiple of `keepEvery`. */
  async #firsts(newest: number): Promise<Set<number>> {
    const firsts = new Map<number, number>();
    if (Number.isFinite(this.#keepEvery)) {
      for (const { updates } of await this.list()) {
        const interval = Math.floor(updates / this.#keepEvery);
        if (updates <= newest && this.#regular(updates) && interval > 0 && !firsts.has(interval))
          firsts.set(interval, updates);
      }
    }
    return new Set(firsts.values());
  }

  async #removeOthers(newest: number): Promise<void> {
    await clearRemoved(this.folder);
    const named = (await namedUpdates(this.folder)).filter((updates) => updates <= newest);
    const kept = (await this.#firsts(newest)).add(newest);
    let count = 0;
    for (const updates of named.reverse()) {
      if (!this.#regular(updates)) continue;
      if (count === this.#keep) break;
      // What is damaged takes no other's place.
      if (await this.#isWhole(updates)) count++;
      kept.add(updates);
    }
    for (const updates of named) {
      if (kept.has(updates)) continue;
      await removeFolder(this.#path(updates));
      this.#whole.delete(updates);
    }
    await syncFolder(this.folder);
  }
}
