import { SteadyformerError } from '@steadyformer/core';
import { type CellContext, grid, type Item } from '../../framework/item';
import { csvOf } from './csv';
import { figureOf } from './figure';
import { languageOf } from './language';
import { measureLearning } from './learning';
import { fingerprint, NAMES } from './methods';
import { type Point, point, STAGES, type Stage } from './points';
import { FULL, MINUTE, type Size, SMALL } from './sizes';
import { measureStart } from './start';
import { measureTheory, THEORY } from './theory';
import { measureTrained } from './trained';
import { claimsOf } from './verdict';

/** What a cell varies. */
interface Values {
  readonly method: string;
  readonly stage: Stage;
  readonly networks: number;
}

/** Theory speaks of the networks that are measured at their start. */
const sizeOf = (size: Size, stage: Stage): Size['start' | 'trained' | 'learning'] =>
  size[stage === 'theory' ? 'start' : stage];

const printOf = (name: string, stage: Stage, size: Size): string => {
  const own = sizeOf(size, stage);
  const depths = 'layers' in own ? own.layers : own.depths.map((depth) => depth / 2);
  return fingerprint(name, depths, stage === 'theory' ? { ...own, theory: THEORY } : own);
};

/** What a cell measures; numbers that a method gives none of say why. */
const measured = async (
  { method: name, stage, networks }: Values,
  { size, corpus, log }: CellContext<Size>,
): Promise<Omit<Point, 'seconds' | 'fingerprint' | 'method' | 'seeds'>> => {
  switch (stage) {
    case 'start':
      return { stage, ...(await measureStart(name, { ...size.start, networks }, log)) };
    case 'theory':
      return { stage, ...(await measureTheory(name, { ...size.start, networks }, log)) };
    case 'trained':
      return {
        stage,
        ...(await measureTrained(
          name,
          await languageOf(size.trained, corpus),
          { ...size.trained, networks },
          log,
        )),
      };
    case 'learning':
      return {
        stage,
        ...(await measureLearning(
          name,
          await languageOf(size.learning, corpus),
          { ...size.learning, networks },
          log,
        )),
      };
  }
};

const EMPTY = {
  start: { stage: 'start', depths: [], networks: [], lazyDepths: [], lazy: [] },
  theory: { stage: 'theory', depths: [], networks: [] },
  trained: { stage: 'trained', depths: [], networks: [] },
  learning: { stage: 'learning', runs: [] },
} as const;

export const atlas: Item<Size, Point> = {
  name: 'atlas',
  paper: 'The atlas',
  states:
    'every residual method beside each other: how a change of the weights grows with depth, random or along the gradient, before and after training, and whether deep models train',
  version: 2,
  presets: { small: SMALL, paper: FULL, minute: MINUTE },
  // Networks of a point, drawn inside its cell.
  seeds: { small: 5, paper: 5, minute: 2 },
  point,
  corpora: ({ trained, learning }) => [...new Set([trained.corpus, learning.corpus])],
  cells: ({ methods = NAMES, most }, seeds) =>
    STAGES.flatMap((stage) => {
      const networks = Math.min(seeds.length, most[stage === 'theory' ? 'start' : stage]);
      return grid({ stage: [stage], method: methods, networks: [networks] });
    }),
  kept: ({ values }, size, earlier) => {
    const { method, stage, networks } = values as unknown as Values;
    const print = printOf(method, stage, size);
    const own = earlier.find((each) => each.method === method && each.stage === stage);
    if (own?.fingerprint !== print || own.failed !== undefined || own.seeds < networks) return undefined;
    return { points: [own], seconds: own.seconds };
  },
  run: async ({ values }, context) => {
    const { method, stage, networks } = values as unknown as Values;
    const from = performance.now();
    const print = printOf(method, stage, context.size);
    const rest = { method, fingerprint: print, seeds: networks };
    const seconds = (): number => Math.round(10 * (performance.now() - from)) / 10_000;
    try {
      const found = await measured({ method, stage, networks }, context);
      return [{ ...rest, ...found, seconds: seconds() } as Point];
    } catch (error) {
      // One method that cannot be measured does not take the others with it.
      if (!(error instanceof SteadyformerError)) throw error;
      context.log(`${method}: ${error.message}`);
      return [{ ...rest, ...EMPTY[stage], seconds: seconds(), failed: error.message } as unknown as Point];
    }
  },
  verdict: claimsOf,
  figure: figureOf,
  csv: csvOf,
};
