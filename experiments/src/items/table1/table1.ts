import { gradientNorms } from '@steadyformer/analysis';
import { radam } from '@steadyformer/core';
import { grid, type Item } from '../../framework/item';
import { type LearningSize, learn } from '../../measure/learning';
import { lossOf } from '../../measure/loss';
import { withModel } from '../../measure/model';
import { textOf } from '../../measure/text';
import { ARCHITECTURES, type Architecture, methodsOf } from './architectures';
import { figureOf } from './figure';
import { type Point, point } from './points';
import { claimsOf } from './verdict';

interface Size extends LearningSize {
  readonly depth: number;
  /** The learning rate at once, without warm-up; it falls linearly to 0. */
  readonly peak: number;
}

export const table1: Item<Size, Point> = {
  name: 'table1',
  paper: 'Table 1',
  states:
    'of 18-18 layers Post-LN with a Post-LN or a Pre-LN decoder diverges, although only the first vanishes; Pre-LN trains',
  version: 1,
  presets: {
    small: {
      corpus: 'emoji-names',
      sentences: 4000,
      merges: 1000,
      maxTokens: 512,
      depth: 18,
      width: 64,
      heads: 4,
      dropout: 0.1,
      updates: 200,
      every: 20,
      peak: 2e-3,
    },
    paper: {
      corpus: 'wmt14-en-de',
      sentences: 4_500_000,
      merges: 32_000,
      maxTokens: 32_768,
      depth: 18,
      width: 512,
      heads: 8,
      dropout: 0.1,
      updates: 500_000,
      every: 5000,
      peak: 1e-3,
    },
    minute: {
      corpus: 'emoji-names',
      sentences: 40,
      merges: 50,
      maxTokens: 64,
      depth: 2,
      width: 16,
      heads: 2,
      dropout: 0.1,
      updates: 6,
      every: 6,
      peak: 1e-2,
    },
  },
  seeds: { small: 3, paper: 3, minute: 1 },
  point,
  corpora: ({ corpus }) => [corpus],
  cells: (_, seeds) => grid({ seed: seeds, architecture: ARCHITECTURES }),
  run: async ({ values }, { size, corpus }) => {
    const { architecture, seed } = values as { readonly architecture: Architecture; readonly seed: number };
    const text = await textOf(corpus(size.corpus), size);
    return withModel(text, size, methodsOf(architecture), seed, async ({ model, batch, ids }) => {
      const { outputs } = await gradientNorms(model, ids, lossOf(model, batch));
      const ratio = (stack: string): number => outputs[stack]![0]!.norm / outputs[stack]!.at(-1)!.norm;
      const [encoderRatio, decoderRatio] = [ratio('encoder'), ratio('decoder')];
      const learned = await learn(model, text, size, { peak: size.peak, seed, rule: () => radam() });
      return [{ architecture, seed, encoderRatio, decoderRatio, ...learned }];
    });
  },
  verdict: claimsOf,
  figure: figureOf,
};
