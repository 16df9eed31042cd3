import { cell, type Item } from '../../framework/item';
import { METHODS } from '../../measure/methods';
import { textOf } from '../../measure/text';
import { FAULT_NAMES, type FaultName } from './faultNames';
import { FAULTS } from './faults';
import { figureOf } from './figure';
import { type Point, point } from './points';
import { type RunSize, run } from './run';
import { claimsOf } from './verdict';

interface Size extends RunSize {
  readonly faults: readonly FaultName[];
  /** Healthy networks of each method. */
  readonly controls: number;
}

export const alarms: Item<Size, Point> = {
  name: 'alarms',
  paper: 'Not of the paper',
  states: 'ours: the warnings of `watch` come before training fails, and are rare where it does not',
  version: 1,
  presets: {
    small: {
      corpus: 'emoji-names',
      sentences: 4000,
      merges: 300,
      maxTokens: 256,
      depth: 3,
      tooDeep: 12,
      width: 32,
      heads: 4,
      dropout: 0.1,
      peak: 4e-3,
      warmup: 20,
      updates: 120,
      onset: 41,
      every: 5,
      heldOut: 2,
      faults: FAULT_NAMES,
      controls: 6,
    },
    paper: {
      corpus: 'wmt14-en-de',
      sentences: 4_500_000,
      merges: 32_000,
      maxTokens: 32_768,
      depth: 6,
      tooDeep: 18,
      width: 512,
      heads: 8,
      dropout: 0.1,
      peak: 1e-3,
      warmup: 8000,
      updates: 50_000,
      onset: 20_001,
      every: 500,
      heldOut: 50,
      faults: FAULT_NAMES,
      controls: 8,
    },
    minute: {
      corpus: 'emoji-names',
      sentences: 40,
      merges: 50,
      maxTokens: 64,
      depth: 1,
      tooDeep: 2,
      width: 16,
      heads: 2,
      dropout: 0.1,
      peak: 1e-3,
      warmup: 2,
      updates: 4,
      onset: 3,
      every: 2,
      heldOut: 1,
      faults: ['none', 'rate30', 'fourBits'],
      controls: 2,
    },
  },
  seeds: { small: 2, paper: 4, minute: 1 },
  point,
  corpora: ({ corpus }) => [corpus],
  // All networks of a fault in one cell: starting a process takes as long as some of the trainings.
  cells: ({ faults, controls }, seeds) =>
    faults.map((fault) => cell({ fault, networks: fault === 'none' ? controls : seeds.length })),
  run: async ({ values }, { size, corpus }) => {
    const { fault, networks } = values as { readonly fault: FaultName; readonly networks: number };
    const text = await textOf(corpus(size.corpus), size);
    const points: Point[] = [];
    // Only Post-LN has a depth too deep.
    for (const method of FAULTS[fault].deep ? (['postLN'] as const) : METHODS) {
      for (let seed = 1; seed <= networks; seed++)
        points.push(await run(text, size, { fault, method, seed }));
    }
    return points;
  },
  verdict: claimsOf,
  figure: figureOf,
};
