import { reparameterize } from '@steadyformer/admin-init';
import { type CurvePoint, curvesFigure } from '@steadyformer/analysis';
import { admin, type ModelBatch, radam, type Transformer } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import * as v from 'valibot';
import { grid, type Item } from '../../framework/item';
import { digits, judge, median, shown } from '../../framework/statistics';
import { type SubjectSize, withModel } from '../../measure/model';
import { bySeed } from '../../measure/points';
import { textOf } from '../../measure/text';
import { train } from '../../measure/train';

interface Size extends SubjectSize {
  readonly depth: number;
  /** Updates before the fold, so that gains, biases and omegas have moved. */
  readonly updates: number;
  /** Of timing, both models in each. */
  readonly rounds: number;
}

/** One round of timing of one pair of models, and how far their outputs lie apart. */
const point = v.object({
  seed: v.number(),
  round: v.number(),
  /** max |a - b| over max |a|, of all logits of the batch. */
  difference: v.number(),
  /** Processor seconds of a forward pass. */
  original: v.number(),
  folded: v.number(),
});
type Point = v.InferOutput<typeof point>;

/**
 * Processor seconds of one forward pass, its logits read, of all threads: wall time depends on what else the machine
 * does.
 */
const timed = async (model: Transformer, ids: ModelBatch): Promise<number> => {
  const from = process.cpuUsage();
  const sum = tf.tidy(() => tf.sum(model.call(ids)));
  await sum.data();
  sum.dispose();
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1e6;
};

export const folded: Item<Size, Point> = {
  name: 'folded',
  paper: 'Appendix C',
  states:
    'after training omega folds into the weights: a plain Post-LN model with the same outputs, at no cost',
  version: 1,
  presets: {
    small: {
      corpus: 'libreoffice-help',
      sentences: 2000,
      merges: 1000,
      maxTokens: 512,
      depth: 6,
      width: 128,
      heads: 4,
      updates: 10,
      rounds: 30,
    },
    paper: {
      corpus: 'wmt14-en-de',
      sentences: 100_000,
      merges: 32_000,
      maxTokens: 4096,
      depth: 18,
      width: 512,
      heads: 8,
      updates: 100,
      rounds: 30,
    },
    minute: {
      corpus: 'emoji-names',
      sentences: 200,
      merges: 100,
      maxTokens: 64,
      depth: 1,
      width: 16,
      heads: 2,
      updates: 2,
      rounds: 3,
    },
  },
  seeds: { small: 3, paper: 3, minute: 1 },
  alone: true,
  point,
  corpora: ({ corpus }) => [corpus],
  cells: (_, seeds) => grid({ seed: seeds }),
  run: async ({ values }, { size, corpus }) => {
    const seed = Number(values.seed);
    const text = await textOf(corpus(size.corpus), size);
    return withModel(text, { ...size, dropout: 0.1 }, admin(), seed, async ({ model, ids }) => {
      const { maxTokens, updates } = size;
      await train(model, text, { maxTokens, updates, peak: 1e-3, warmup: 10, seed, rule: () => radam() });
      const { model: plain, difference } = await reparameterize(model, { batch: ids });
      const apart = difference.largest / difference.scale;
      const rounds: Point[] = [];
      // The first two of each warm up what is compiled and cached.
      for (let round = -2; round < size.rounds; round++) {
        const inOrder = round % 2 === 0;
        const first = await timed(inOrder ? model : plain, ids);
        const second = await timed(inOrder ? plain : model, ids);
        const [original, after] = inOrder ? [first, second] : [second, first];
        if (round >= 0) rounds.push({ seed, round, difference: apart, original, folded: after });
      }
      plain.dispose();
      return rounds;
    });
  },
  verdict: (points) => {
    const networks = bySeed(points);
    const apart = Math.max(...points.map(({ difference }) => difference));
    const ratios = networks.map((network) => median(network.map(({ original, folded: f }) => f / original)));
    const original = median(points.map((each) => each.original));
    return [
      {
        claim: 'outputs are the same: max |a - b| / max |a| below 1e-5 (fp32)',
        word: apart < 1e-5 ? 'agrees' : 'disagrees',
        found: `${digits(apart)}, the largest of ${networks.length}`,
      },
      {
        claim:
          'the folded model takes no longer: processor time of a forward pass over the unfolded below 1.03',
        word: judge(ratios, { below: 1.03 }, { above: 1.03 }),
        found: `${shown(ratios)}, medians of paired rounds; ${digits(1000 * original)} ms unfolded`,
      },
    ];
  },
  figure: (points) => {
    const rounds = [...new Set(points.map(({ round }) => round))];
    const curve = (of: (p: Point) => number): CurvePoint[] =>
      rounds.map((round) => ({
        update: round + 1,
        value: median(points.filter((each) => each.round === round).map((each) => 1000 * of(each))),
      }));
    return curvesFigure(
      { Admin: curve((p) => p.original), folded: curve((p) => p.folded) },
      {
        title: 'Processor time of a forward pass before and after the fold, median of networks',
        label: 'Milliseconds',
        xLabel: 'Round',
        logarithmic: false,
      },
    );
  },
};
