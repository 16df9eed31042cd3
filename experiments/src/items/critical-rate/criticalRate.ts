import { adminInit, needsProfile } from '@steadyformer/admin-init';
import { measureBranches, criticalRate as measured, rateTransfer } from '@steadyformer/analysis';
import {
  admin,
  completeP,
  type LanguageModel,
  languageModel,
  postLN,
  preLN,
  type ResidualMethod,
  randomStream,
  SteadyformerError,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { grid, type Item } from '../../framework/item';
import { type Text, type TextSize, textOf } from '../../measure/text';
import { figureOf } from './figure';
import { METHODS, type Method, type Point, point } from './points';
import { type BatchSize, lossOf, type NextTokens, streamOf, stretches, trainAt, unigramOf } from './train';
import { claimsOf } from './verdict';

interface Size extends Omit<TextSize, 'maxTokens'>, BatchSize {
  readonly width: number;
  readonly heads: number;
  /** Blocks, the shallow first. */
  readonly depths: readonly number[];
  /** Rates of training over the limit. */
  readonly factors: readonly number[];
  readonly updates: number;
}

const MADE: Readonly<Record<Method, () => ResidualMethod>> = { postLN, preLN, admin, completeP };

const SMALL: Size = {
  corpus: 'libreoffice-help',
  sentences: 1000,
  merges: 400,
  rows: 4,
  length: 32,
  width: 32,
  heads: 2,
  depths: [2, 8],
  factors: [1, 4, 8, 16, 32, 64],
  updates: 60,
};

export const criticalRate: Item<Size, Point> = {
  name: 'critical-rate',
  paper: "Ours, not the paper's",
  states:
    'one measured step tells from which learning rate on training goes wrong, up to one factor for all methods and depths',
  version: 1,
  presets: {
    small: SMALL,
    paper: {
      ...SMALL,
      corpus: 'wmt14-en-de',
      sentences: 100_000,
      merges: 32_000,
      width: 512,
      heads: 8,
      depths: [6, 12, 18],
      updates: 10_000,
    },
    minute: {
      ...SMALL,
      sentences: 40,
      merges: 50,
      length: 8,
      width: 8,
      depths: [1, 2],
      factors: [1, 8],
      updates: 6,
    },
  },
  seeds: { small: 3, paper: 3, minute: 1 },
  point,
  corpora: ({ corpus }) => [corpus],
  // All depths and rates in one cell: starting a process takes as long as some of the trainings.
  cells: (_, seeds) => grid({ seed: seeds, method: METHODS }),
  run: async ({ values }, { size, corpus, log }) => {
    const { method, seed } = values as { readonly method: Method; readonly seed: number };
    const text = await textOf(corpus(size.corpus), size);
    const network = { text, size, method, seed, stream: streamOf(text) };
    const points: Point[] = [];
    for (const depth of size.depths) {
      const from = points[0] && { depth: points[0].depth, rate: points[0].limits.change! };
      points.push(await pointAt(network, depth, from));
      log(`${method}, seed ${seed}, ${depth} blocks`);
    }
    return points;
  },
  verdict: claimsOf,
  figure: figureOf,
};

/** What a network is made of, its depth aside. */
interface Network {
  readonly text: Text;
  readonly stream: Int32Array;
  readonly size: Size;
  readonly method: Method;
  readonly seed: number;
}

const pointAt = async (
  network: Network,
  depth: number,
  from: { readonly depth: number; readonly rate: number } | undefined,
): Promise<Point> => {
  const { stream, size, method, seed } = network;
  const batch = (update: number): NextTokens =>
    stretches(stream, size, randomStream(seed).fork('batches').fork(update));
  const withNew = async <T>(f: (model: LanguageModel, first: NextTokens) => Promise<T>): Promise<T> => {
    const first = batch(0);
    const model = modelOf(network, depth);
    try {
      if (needsProfile(model)) await adminInit(model, [first.ids], { seed });
      return await f(model, first);
    } finally {
      model.dispose();
      tf.dispose([first.ids, first.next]);
    }
  };
  const { limits, transferred } = await withNew(async (model, { ids, next }) => {
    const found = await measured(model, ids, { loss: lossOf(model, next) });
    const { change } = found.limits;
    if (change === null)
      throw new SteadyformerError(`${method} of ${depth} blocks: no rate moves its output`);
    return { limits: found.limits, transferred: from ? await transfer(network, ids, from, depth) : change };
  });
  const runs: Point['runs'] = [];
  for (const factor of size.factors) {
    const run = await withNew((model) => trainAt(model, factor * limits.change!, size.updates, batch));
    runs.push({ factor, ...run });
  }
  return { method, depth, seed, limits, transferred, unigram: unigramOf(stream), runs };
};

const modelOf = ({ text: { vocabulary }, size, method, seed }: Network, depth: number): LanguageModel => {
  const { width, heads } = size;
  const sizes = { vocabulary: vocabulary.size, padId: vocabulary.pad, width, heads, depth };
  return languageModel({ ...sizes, method: MADE[method]() }, seed);
};

/** The limit at a depth from that of another: closed forms, and what enters the stack there as measured. */
const transfer = async (
  network: Network,
  ids: tf.Tensor2D,
  from: { readonly depth: number; readonly rate: number },
  depth: number,
): Promise<number> => {
  const { size, method } = network;
  const shallow = modelOf(network, from.depth);
  try {
    if (needsProfile(shallow)) await adminInit(shallow, [ids], { seed: network.seed });
    const { input } = await measureBranches(shallow, ids);
    const { points } = rateTransfer({
      of: {
        method: MADE[method](),
        width: size.width,
        stack: 'decoder',
        block: ['selfAttention', 'feedForward'],
        tokens: { count: size.length, sentences: size.rows },
        input: input.decoder!,
      },
      measured: [from],
      depths: [depth],
    });
    return points.find((found) => found.depth === depth)!.rate;
  } finally {
    shallow.dispose();
  }
};
