import {
  gradientNorms,
  type UpdateAgainstGradient,
  updateNorms,
  updatesFigure,
} from '@steadyformer/analysis';
import { postLN, radam, stateDict } from '@steadyformer/core';
import * as v from 'valibot';
import { grid, type Item } from '../../framework/item';
import { judge, meanOf, shown } from '../../framework/statistics';
import { BLOCK, lowOverHigh } from '../../measure/blocks';
import { lossOf } from '../../measure/loss';
import { type SubjectSize, withModel } from '../../measure/model';
import { bySeed } from '../../measure/points';
import { textOf } from '../../measure/text';
import { train } from '../../measure/train';

interface Size extends SubjectSize {
  readonly depth: number;
  readonly updates: number;
  readonly warmup: number;
  readonly peak: number;
}

/** One weight matrix of a block: its gradient before training, and how far the updates moved it. */
const point = v.object({
  seed: v.number(),
  path: v.string(),
  gradient: v.number(),
  update: v.number(),
  weight: v.number(),
});
type Point = v.InferOutput<typeof point>;

const deviation = (values: readonly number[]): number => {
  const mean = meanOf(values);
  return Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)));
};

export const fig5: Item<Size, Point> = {
  name: 'fig5',
  paper: 'Figure 5',
  states: 'adaptive optimizers move all parameters alike, although the gradients of a Post-LN decoder vanish',
  version: 1,
  presets: {
    small: {
      corpus: 'libreoffice-help',
      sentences: 4000,
      merges: 2000,
      maxTokens: 512,
      depth: 18,
      width: 64,
      heads: 4,
      updates: 100,
      warmup: 100,
      peak: 5e-4,
    },
    paper: {
      corpus: 'wmt14-en-de',
      sentences: 4_500_000,
      merges: 32_000,
      maxTokens: 8192,
      depth: 18,
      width: 512,
      heads: 8,
      updates: 5000,
      warmup: 8000,
      peak: 1e-3,
    },
    minute: {
      corpus: 'emoji-names',
      sentences: 200,
      merges: 100,
      maxTokens: 64,
      depth: 3,
      width: 16,
      heads: 2,
      updates: 8,
      warmup: 8,
      peak: 1e-3,
    },
  },
  seeds: { small: 5, paper: 3, minute: 1 },
  point,
  corpora: ({ corpus }) => [corpus],
  cells: (_, seeds) => grid({ seed: seeds }),
  run: async ({ values }, { size, corpus }) => {
    const seed = Number(values.seed);
    const text = await textOf(corpus(size.corpus), size);
    return withModel(text, size, postLN(), seed, async ({ model, batch, ids }) => {
      const { parameters } = await gradientNorms(model, ids, lossOf(model, batch));
      const before = await stateDict(model);
      await train(model, text, { ...size, seed, rule: () => radam() });
      const moved = updateNorms(before, await stateDict(model));
      return moved
        .filter(({ path }) => BLOCK.test(path) && before[path]!.shape.length === 2)
        .map(({ path, update, weight }) => ({ seed, path, gradient: parameters[path]!, update, weight }));
    });
  },
  verdict: (points) => {
    const networks = bySeed(points);
    const gradients = networks.map((network) => lowOverHigh(network, 'decoder', ({ gradient }) => gradient));
    const updates = networks.map((network) => lowOverHigh(network, 'decoder', ({ update }) => update));
    const apart = updates.map((ratio) => Math.exp(Math.abs(Math.log(ratio))));
    const spreads = networks.map(
      (network) =>
        deviation(network.map(({ update }) => Math.log(update))) /
        deviation(network.map(({ gradient }) => Math.log(gradient))),
    );
    return [
      {
        claim: "gradients of the decoder's lowest third of blocks are below half of the highest third's",
        word: judge(gradients, { below: 0.5 }, { above: 0.8 }),
        found: shown(gradients),
      },
      {
        claim: 'its updates differ by less than a factor of 1.5',
        word: judge(apart, { below: 1.5 }, { above: 2 }),
        found: `lowest over highest ${shown(updates)}`,
      },
      {
        claim:
          'over all matrices updates spread less than half as much as gradients (deviation of logarithms)',
        word: judge(spreads, { below: 0.5 }, { above: 1 }),
        found: shown(spreads),
      },
    ];
  },
  figure: (points) => {
    const [first] = bySeed(points);
    return updatesFigure(
      first!.map(
        ({ path, gradient, update, weight }): UpdateAgainstGradient => ({
          path,
          gradient,
          update,
          weight,
          ratio: update / weight,
        }),
      ),
      'Updates of RAdam against gradients, Post-LN, weight matrices of one network',
    );
  },
};
