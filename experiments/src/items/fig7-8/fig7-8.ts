import { dependency } from '@steadyformer/analysis';
import { radam, type Transformer } from '@steadyformer/core';
import { cell, type Item } from '../../framework/item';
import { meanOf } from '../../framework/statistics';
import { type Method, methodNamed } from '../../measure/methods';
import { type SubjectSize, withModel } from '../../measure/model';
import { textOf } from '../../measure/text';
import { train } from '../../measure/train';
import { figureOf } from './figure';
import { type Moment, type Point, point } from './points';
import { claimsOf } from './verdict';

interface Size extends SubjectSize {
  readonly shallow: number;
  /** Encoder blocks of the deep networks; their decoders are as the shallow ones'. */
  readonly deep: number;
  readonly updates: number;
  readonly warmup: number;
  readonly peak: number;
}

/** Mean omega of every sub-layer of the encoder; none where there is no omega. */
const omegaOf = async (model: Transformer): Promise<number[]> => {
  const omegas: number[] = [];
  for (const { subLayer } of model.stacks().encoder!.subLayers()) {
    if (subLayer.omega) omegas.push(meanOf([...(await subLayer.omega.value.data())]));
  }
  return omegas;
};

const rounded = (x: number): number => Math.round(x * 1e4) / 1e4;

export const fig78: Item<Size, Point> = {
  name: 'fig7-8',
  paper: 'Figures 7 and 8',
  states:
    'Post-LN leans on its own branches before and after training, Pre-LN less; Admin begins as Pre-LN and ends between',
  version: 1,
  presets: {
    small: {
      corpus: 'libreoffice-help',
      sentences: 4000,
      merges: 1000,
      maxTokens: 512,
      shallow: 6,
      deep: 18,
      width: 64,
      heads: 4,
      updates: 100,
      warmup: 30,
      peak: 2e-3,
    },
    paper: {
      corpus: 'wmt14-en-de',
      sentences: 4_500_000,
      merges: 32_000,
      maxTokens: 8192,
      shallow: 6,
      deep: 18,
      width: 512,
      heads: 8,
      updates: 500_000,
      warmup: 8000,
      peak: 1e-3,
    },
    minute: {
      corpus: 'emoji-names',
      sentences: 200,
      merges: 100,
      maxTokens: 64,
      shallow: 1,
      deep: 2,
      width: 16,
      heads: 2,
      updates: 4,
      warmup: 2,
      peak: 1e-3,
    },
  },
  seeds: { small: 3, paper: 3, minute: 1 },
  point,
  corpora: ({ corpus }) => [corpus],
  cells: ({ shallow, deep }, seeds) =>
    seeds.flatMap((seed) =>
      (
        [
          ['postLN', shallow],
          ['preLN', shallow],
          ['admin', deep],
          ['preLN', deep],
        ] as const
      ).map(([method, depth]) => cell({ method, depth, seed })),
    ),
  run: async ({ values }, { size, corpus }) => {
    const { method, depth, seed } = values as {
      readonly method: Method;
      readonly depth: number;
      readonly seed: number;
    };
    const text = await textOf(corpus(size.corpus), size);
    const sizes = { ...size, depth: { encoder: depth, decoder: size.shallow }, dropout: 0.1 };
    const moments: Readonly<Record<number, Moment>> = {
      0: 'first',
      [Math.floor(size.updates / 2)]: 'middle',
      [size.updates]: 'last',
    };
    return withModel(text, sizes, methodNamed(method), seed, async ({ model, ids }) => {
      const found: Point[] = [];
      const { losses, diverged } = await train(
        model,
        text,
        { ...size, seed, rule: () => radam() },
        async (update, loss) => {
          const at = moments[update];
          if (!at) return;
          const { encoder } = await dependency(model, ids);
          const beta = encoder!.beta.map((row) => row.map(rounded));
          const omega = (await omegaOf(model)).map(rounded);
          found.push({ method, depth, seed, at, update, loss: loss ?? null, beta, omega });
        },
      );
      if (diverged) throw new Error(`${method} of depth ${depth} diverged after ${losses.length} updates`);
      return found;
    });
  },
  verdict: claimsOf,
  figure: figureOf,
};
