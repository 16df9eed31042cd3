import { curvesFigure, type VegaLiteSpec } from '@steadyformer/analysis';
import { radam } from '@steadyformer/core';
import * as v from 'valibot';
import { type Cell, type CellContext, grid } from '../framework/item';
import { shown } from '../framework/statistics';
import { endOf, failures, type LearningSize, learn, learningFields, meanCurve } from './learning';
import { LABELS, METHODS, type Method, methodNamed } from './methods';
import { withModel } from './model';
import { panels } from './panels';
import { depthsOf } from './points';
import { textOf } from './text';

/** Models of several depths, all methods, and their training: the paper's figures 1 and 9. */
export interface DepthsSize extends LearningSize {
  /** Blocks of each stack, the shallow first. */
  readonly depths: readonly number[];
  readonly peak: number;
  /** Updates of linear warm-up, inverse square root after; without, linear decay to 0. */
  readonly warmup?: number;
}

/** The paper's sizes. */
export const PAPER: DepthsSize = {
  corpus: 'wmt14-en-de',
  sentences: 4_500_000,
  merges: 32_000,
  maxTokens: 32_768,
  depths: [6, 12, 18],
  width: 512,
  heads: 8,
  dropout: 0.1,
  updates: 500_000,
  every: 5000,
  peak: 1e-3,
  warmup: 8000,
};

/** Sizes that show that an item runs. */
export const MINUTE: DepthsSize = {
  corpus: 'emoji-names',
  sentences: 40,
  merges: 50,
  maxTokens: 64,
  depths: [1, 2],
  width: 16,
  heads: 2,
  dropout: 0.1,
  updates: 6,
  every: 6,
  peak: 1e-2,
};

/** The training of one network. */
export const depthPoint = v.object({
  method: v.picklist(METHODS),
  depth: v.number(),
  seed: v.number(),
  ...learningFields,
});
export type DepthPoint = v.InferOutput<typeof depthPoint>;

export const depthCells = ({ depths }: DepthsSize, seeds: readonly number[]): Cell[] =>
  grid({ seed: seeds, depth: depths, method: METHODS });

export const trainAtDepth = async (
  { values }: Cell,
  { size, corpus }: CellContext<DepthsSize>,
): Promise<DepthPoint[]> => {
  const { depth, method, seed } = values as {
    readonly depth: number;
    readonly method: Method;
    readonly seed: number;
  };
  const { peak, warmup } = size;
  const text = await textOf(corpus(size.corpus), size);
  const settings = { peak, seed, rule: () => radam(), ...(warmup === undefined ? {} : { warmup }) };
  return withModel(text, { ...size, depth }, methodNamed(method), seed, async ({ model }) => [
    { method, depth, seed, ...(await learn(model, text, size, settings)) },
  ]);
};

/** The networks of a method and depth, by seed. */
export const atDepth = (points: readonly DepthPoint[], method: Method, depth: number): DepthPoint[] =>
  points.filter((each) => each.method === method && each.depth === depth).toSorted((a, b) => a.seed - b.seed);

/** What came of networks, in words. */
export const came = (runs: readonly DepthPoint[]): string =>
  `${failures(runs)}, loss ${shown(runs.map(endOf))}`;

/** Loss at the end, one network's less another's of the same seed, in nats. */
export const apart = (one: readonly DepthPoint[], other: readonly DepthPoint[]): number[] =>
  one.map((run, i) => endOf(run) - endOf(other[i]!));

/** Curves of mean held-out perplexity, a panel a depth. */
export const depthsFigure = (points: readonly DepthPoint[]): VegaLiteSpec =>
  panels(
    depthsOf(points).map((depth) =>
      curvesFigure(
        Object.fromEntries(METHODS.map((each) => [LABELS[each], meanCurve(atDepth(points, each, depth))])),
        { title: `${depth}-${depth} layers`, label: 'Held-out perplexity, mean of networks' },
      ),
    ),
  );
