import { SteadyformerError } from '@steadyformer/core';
import { type CellContext, grid, type Item } from '../../framework/item';
import { csvOf } from './csv';
import { figureOf } from './figure';
import { languageOf } from './language';
import { measureLearning } from './learning';
import { fingerprint, NAMES } from './methods';
import { type Point, point, STAGES, type Stage } from './points';
import { FULL, MINUTE, type Size, SMALL, startAt } from './sizes';
import { measureStart } from './start';
import { measureTheory, THEORY } from './theory';
import { measureTrained } from './trained';
import { claimsOf } from './verdict';

/** What a cell varies. */
interface Values {
  readonly method: string;
  readonly stage: Stage;
  readonly networks: number;
  /** Of networks at their start. Absent: the size's own. */
  readonly width?: number;
}

/** Theory speaks of the networks that are measured at their start. */
const atStart = (stage: Stage): stage is 'start' | 'theory' => stage === 'start' || stage === 'theory';

const sizeOf = (
  size: Size,
  { stage, width = size.start.width }: Values,
): Size['start' | 'trained' | 'learning'] => (atStart(stage) ? startAt(size, width) : size[stage]);

const printOf = (values: Values, size: Size): string => {
  const { method: name, stage } = values;
  const own = sizeOf(size, values);
  const depths = 'layers' in own ? own.layers : own.depths.map((depth) => depth / 2);
  return fingerprint(name, depths, stage === 'theory' ? { ...own, theory: THEORY } : own);
};

const isOf = (point: Point, { method, stage, width }: Values, size: Size): boolean =>
  point.method === method &&
  point.stage === stage &&
  (!('width' in point) || point.width === (width ?? size.start.width));

/** What a cell measures; numbers that a method gives none of say why. */
const measured = async (
  { method: name, stage, networks, width }: Values,
  { size, corpus, log }: CellContext<Size>,
): Promise<Omit<Point, 'seconds' | 'fingerprint' | 'method' | 'seeds'>> => {
  switch (stage) {
    case 'start':
      return {
        stage,
        ...(await measureStart(name, { ...startAt(size, width ?? size.start.width), networks }, log)),
      };
    case 'theory':
      return {
        stage,
        ...(await measureTheory(name, { ...startAt(size, width ?? size.start.width), networks }, log)),
      };
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
  cells: ({ methods = NAMES, most, wide }, seeds) =>
    STAGES.flatMap((stage) => {
      const networks = Math.min(seeds.length, most[atStart(stage) ? 'start' : stage]);
      return [
        ...grid({ stage: [stage], method: methods, networks: [networks] }),
        ...(atStart(stage) ? wide : []).flatMap(({ width, most: enough }) =>
          grid({
            stage: [stage],
            width: [width],
            method: methods,
            networks: [Math.min(seeds.length, enough)],
          }),
        ),
      ];
    }),
  kept: ({ values }, size, earlier) => {
    const own = values as unknown as Values;
    const found = earlier.find((each) => isOf(each, own, size));
    const print = printOf(own, size);
    if (found?.fingerprint !== print || found.failed !== undefined || found.seeds < own.networks)
      return undefined;
    return { points: [found], seconds: found.seconds };
  },
  run: async ({ values }, context) => {
    const own = values as unknown as Values;
    const { method, stage, networks, width = context.size.start.width } = own;
    const from = performance.now();
    const print = printOf(own, context.size);
    const rest = { method, fingerprint: print, seeds: networks, ...(atStart(stage) ? { width } : {}) };
    const seconds = (): number => Math.round(10 * (performance.now() - from)) / 10_000;
    try {
      const found = await measured(own, context);
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
