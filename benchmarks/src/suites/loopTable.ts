import type { Habits } from '../children/corpusTask';
import type { LoopPair, PipelineCost } from '../children/trainLoop';
import { median, spread } from '../statistics';
import { type Table, withSpread } from '../table';

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const ms = (seconds: number): string => (seconds * 1e3).toFixed(1);

/** What the loop adds to the bare updates, from pairs over the same batches. */
export interface LoopCost {
  /** Speed of the loop over that of the bare trainer, by pair. */
  readonly ratios: readonly number[];
  /** The same with checkpoints as rare as by default. */
  readonly usual: readonly number[];
  /** Seconds that a look of `watch` adds. */
  readonly look: number;
  /** Seconds of a checkpoint. */
  readonly checkpoint: number;
  /** Seconds that the loop adds to an update beside these. */
  readonly rest: number;
  /** Seconds of a bare update. */
  readonly update: number;
  readonly sameLosses: boolean;
  readonly looks: number;
}

export interface LoopRates {
  readonly habits: Habits;
  readonly warmUp: number;
  readonly updates: number;
  /** Updates from one checkpoint to the next by default. */
  readonly usualCheckpoints: number;
}

const middle = (values: readonly number[]): number => (values.length === 0 ? Number.NaN : median(values));

/** Whether there is a multiple of `every` among `from` to `to`, both included. */
const hasMultiple = (from: number, to: number, every: number): boolean =>
  every > 0 && Math.floor(to / every) > Math.floor((from - 1) / every);

export const loopCost = (
  pairs: readonly LoopPair[],
  { habits, warmUp, updates, usualCheckpoints }: LoopRates,
): LoopCost => {
  const { log } = habits;
  const kinds = { look: [] as number[], plain: [] as number[] };
  for (const { loop, bare } of pairs) {
    for (const [i, seconds] of loop.intervals.entries()) {
      const end = warmUp + (i + 1) * log;
      // A look is part of its update; a checkpoint is made after it.
      const looked = hasMultiple(end - log + 1, end, habits.watch);
      const kept = hasMultiple(end - log, end - 1, habits.checkpoints);
      if (!kept) kinds[looked ? 'look' : 'plain'].push(seconds - bare.intervals[i]!);
    }
  }
  const plain = middle(kinds.plain);
  const usualShare = updates / usualCheckpoints;
  return {
    ratios: pairs.map(({ loop, bare }) => sum(bare.intervals) / sum(loop.intervals)),
    usual: pairs.map(({ loop, bare }) => {
      const all = sum(loop.checkpointSeconds);
      const each = loop.checkpointSeconds.length === 0 ? 0 : all / loop.checkpointSeconds.length;
      return sum(bare.intervals) / (sum(loop.intervals) - all + usualShare * each);
    }),
    look: middle(kinds.look) - plain,
    checkpoint: middle(pairs.flatMap(({ loop }) => loop.checkpointSeconds)),
    rest: plain / log,
    update: median(pairs.map(({ bare }) => sum(bare.intervals))) / updates,
    sameLosses: pairs.every(
      ({ loop, bare }) =>
        loop.losses.length === bare.losses.length && loop.losses.every((loss, i) => loss === bare.losses[i]),
    ),
    looks: Math.min(...pairs.map(({ loop }) => loop.looks)),
  };
};

export interface LoopRow {
  readonly name: string;
  readonly cost: LoopCost;
  readonly pipeline: PipelineCost;
  /** Target tokens of the updates that are counted. */
  readonly tokens: number;
  readonly updates: number;
  readonly habits: Habits;
}

const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;

/** The loop beside the bare trainer, and what its parts cost. */
export const loopTable = (title: string, rows: readonly LoopRow[], absent: readonly string[]): Table => ({
  title,
  columns: [
    'learner',
    'bare, tokens/s',
    'loop / bare (16-84 %)',
    'with usual checkpoints',
    'bare update, ms',
    'a look, ms',
    'a checkpoint, ms',
    'rest an update, ms',
    'pairs',
  ],
  rows: rows.map(({ name, cost, tokens, updates }) => [
    name,
    (tokens / (cost.update * updates)).toFixed(0),
    withSpread(spread(cost.ratios)),
    withSpread(spread(cost.usual)),
    ms(cost.update),
    ms(cost.look),
    ms(cost.checkpoint),
    ms(cost.rest),
    String(cost.ratios.length),
  ]),
  notes: [
    'loop: train() with its log, TensorBoard, watch and checkpoints; bare: trainer.step() on the same batches with the same learner, in the same process, in turn',
    ...rows.flatMap(({ name, cost }) =>
      cost.sameLosses ? [] : [`**${name}: the losses of loop and bare trainer differ: not the same work**`],
    ),
    ...rows.flatMap(({ name, cost, habits }) =>
      cost.looks === 0 && habits.watch > 0 ? [`**${name}: the loop did not watch**`] : [],
    ),
    ...absent,
  ],
});

/** What making batches takes of an update. */
export const pipelineTable = (title: string, rows: readonly LoopRow[]): Table => ({
  title,
  columns: [
    'learner',
    'bare update, ms',
    'batch, ms',
    'share',
    'batch with BPE dropout, ms',
    'share with it',
  ],
  rows: rows.map(({ name, cost, pipeline }) => [
    name,
    ms(cost.update),
    (1e3 * pipeline.batches).toFixed(3),
    percent(pipeline.batches / cost.update),
    (1e3 * pipeline.dropout).toFixed(3),
    percent(pipeline.dropout / cost.update),
  ]),
  notes: [
    'means over an epoch of batchAt(): shuffle, padding, and with BPE dropout all words cut anew, included',
  ],
});
