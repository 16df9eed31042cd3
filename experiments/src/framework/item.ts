import type { VegaLiteSpec } from '@steadyformer/analysis';
import type { GenericSchema } from 'valibot';
import type { Corpus } from './corpora';
import type { TrainedRun, Training } from './training';

export const PRESETS = ['small', 'paper', 'minute'] as const;
/** `small` fits two cores, `paper` holds the paper's sizes, `minute` shows that an item runs and measures nothing. */
export type Preset = (typeof PRESETS)[number];

export const WORDS = ['agrees', 'disagrees', 'cannot tell'] as const;
/** What the numbers say of one claim; 'cannot tell': at this size. */
export type Word = (typeof WORDS)[number];

/** One claim of the paper, or of ours, held against the numbers. */
export interface Claim {
  readonly claim: string;
  readonly word: Word;
  /** The numbers that say so. */
  readonly found: string;
}

/** One measurement that runs by itself, in a process of its own, and is kept once it is done. */
export interface Cell {
  /** A file's name, unique in the item. */
  readonly key: string;
  readonly values: Readonly<Record<string, string | number>>;
}

/** What a cell is run with. */
export interface CellContext<Size> {
  readonly size: Size;
  /** Text by name, see `corpora.ts`. */
  readonly corpus: (name: string) => Corpus;
  /** The runs of the item's training, all at their end. */
  readonly runs: readonly TrainedRun[];
  /** A folder of the cell's own, there after a kill. */
  readonly folder: string;
  readonly log: (line: string) => void;
}

/** A cell's points of an earlier result, and how long it took then. */
export interface Kept<Point> {
  readonly points: readonly Point[];
  readonly seconds: number;
}

/**
 * One item of the experiments as a plain record. Numbers come from `run` alone; verdict and figure are pure functions of
 * the points, so that both can be made again from a result on disk.
 */
export interface Item<Size = unknown, Point = unknown> {
  readonly name: string;
  /** The paper's figure or table. */
  readonly paper: string;
  /** What the paper states of it, one line. */
  readonly states: string;
  /** Raised where the numbers of earlier results no longer compare. */
  readonly version: number;
  readonly presets: Readonly<Record<Preset, Size>>;
  /** Seeds by default: 1 .. n. */
  readonly seeds: Readonly<Record<Preset, number>>;
  /** One cell at a time, whatever is asked: the item measures time. */
  readonly alone?: boolean;
  /** What one point is, as results on disk hold it. */
  readonly point: GenericSchema<unknown, Point>;
  /** Names of corpora that a size reads. */
  corpora?(size: Size): readonly string[];
  /** Models to be trained before the cells, as a sweep of `steadyformer`. */
  training?(size: Size, seeds: readonly number[], corpus: (name: string) => Corpus): Training;
  cells(size: Size, seeds: readonly number[]): readonly Cell[];
  /**
   * What the points of an earlier result still say of a cell, so that it is not measured again; undefined where they say
   * nothing. Absent: every run measures all.
   */
  kept?(cell: Cell, size: Size, earlier: readonly Point[]): Kept<Point> | undefined;
  run(cell: Cell, context: CellContext<Size>): Promise<readonly Point[]>;
  verdict(points: readonly Point[]): readonly Claim[] | Promise<readonly Claim[]>;
  figure(points: readonly Point[]): VegaLiteSpec | Promise<VegaLiteSpec>;
}

/** A cell by what it varies. */
export const cell = (values: Cell['values']): Cell => ({
  key: Object.entries(values)
    .map(([name, value]) => `${name}-${value}`)
    .join('_')
    .replaceAll(/[^\w.-]/gu, ''),
  values,
});

/** Every combination of values, the last varying fastest. */
export const grid = (axes: Readonly<Record<string, readonly (string | number)[]>>): Cell[] =>
  Object.entries(axes)
    .reduce<readonly Cell['values'][]>(
      (found, [name, values]) =>
        found.flatMap((before) => values.map((value) => ({ ...before, [name]: value }))),
      [{}],
    )
    .map(cell);
