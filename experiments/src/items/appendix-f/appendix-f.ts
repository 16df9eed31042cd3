import { measureBranches, outputChange, predict } from '@steadyformer/analysis';
import { radam } from '@steadyformer/core';
import { grid, type Item } from '../../framework/item';
import { meanOf } from '../../framework/statistics';
import { lossOf } from '../../measure/loss';
import { methodNamed } from '../../measure/methods';
import { type Subject, type SubjectSize, withModel } from '../../measure/model';
import { textOf, unigramEntropy } from '../../measure/text';
import { train } from '../../measure/train';
import { figureOf } from './figure';
import { COMPARED, type Compared, type Depth, type Point, point, SHAPES, type Shape } from './points';
import { claimsOf } from './verdict';

interface Size extends SubjectSize {
  readonly shapes: Readonly<Record<Shape, Depth>>;
  readonly updates: number;
  /** The learning rate at once, without warm-up; it falls linearly to 0. */
  readonly peak: number;
}

/** The two of the public report. */
const REPORTED = { even: { encoder: 12, decoder: 12 }, shallow: { encoder: 12, decoder: 3 } };

const STEP = 1e-4;
const GRADIENT_STEP = 1e-6;

/** Changes of the outputs of both stacks, predicted and measured. */
const changesOf = async ({ model, batch, ids }: Subject, seed: number) => {
  const branches = await measureBranches(model, ids);
  const perturbation = { kind: 'sign', size: STEP, embedding: true } as const;
  const predicted = await predict(model, { ...branches, perturbation });
  const measured = await outputChange(model, ids, { change: { kind: 'sign', size: STEP }, seeds: [seed] });
  const gradient = await outputChange(model, ids, {
    change: { kind: 'gradient', size: GRADIENT_STEP, loss: lossOf(model, batch) },
  });
  return {
    predictedEncoder: predicted.encoder!.outputChange.at(-1)!.change,
    predictedDecoder: predicted.decoder!.outputChange.at(-1)!.change,
    measuredEncoder: measured.encoder!.at(-1)!.change.mean,
    measuredDecoder: measured.decoder!.at(-1)!.change.mean,
    gradientDecoder: gradient.decoder!.at(-1)!.change.mean,
  };
};

/** Means of ten updates each. */
const tenths = (losses: readonly number[]): number[] =>
  Array.from({ length: Math.floor(losses.length / 10) }, (_, i) => meanOf(losses.slice(10 * i, 10 * i + 10)));

export const appendixF: Item<Size, Point> = {
  name: 'appendix-f',
  paper: 'Appendix F and a public report',
  states:
    '60-12 layers train with Admin and fail in Post-LN; a user reports that 12-12 Post-LN trains and 12-3 diverges',
  version: 1,
  presets: {
    small: {
      corpus: 'emoji-names',
      sentences: 4000,
      merges: 500,
      maxTokens: 256,
      shapes: { ...REPORTED, deep: { encoder: 30, decoder: 6 } },
      width: 64,
      heads: 4,
      updates: 300,
      peak: 2e-3,
    },
    paper: {
      corpus: 'wmt14-en-de',
      sentences: 4_500_000,
      merges: 32_000,
      maxTokens: 8192,
      shapes: { ...REPORTED, deep: { encoder: 60, decoder: 12 } },
      width: 512,
      heads: 8,
      updates: 100_000,
      peak: 1e-3,
    },
    minute: {
      corpus: 'emoji-names',
      sentences: 200,
      merges: 100,
      maxTokens: 64,
      shapes: {
        even: { encoder: 2, decoder: 2 },
        shallow: { encoder: 2, decoder: 1 },
        deep: { encoder: 3, decoder: 1 },
      },
      width: 16,
      heads: 2,
      updates: 10,
      peak: 1e-3,
    },
  },
  seeds: { small: 3, paper: 3, minute: 1 },
  point,
  corpora: ({ corpus }) => [corpus],
  cells: (_, seeds) => grid({ shape: SHAPES, method: COMPARED, seed: seeds }),
  run: async ({ values }, { size, corpus }) => {
    const { shape, method, seed } = values as {
      readonly shape: Shape;
      readonly method: Compared;
      readonly seed: number;
    };
    const text = await textOf(corpus(size.corpus), size);
    const depth = size.shapes[shape];
    const sizes = { ...size, depth, dropout: 0.1 };
    return withModel(text, sizes, methodNamed(method), seed, async (subject) => {
      const changes = await changesOf(subject, seed);
      const { maxTokens, updates, peak } = size;
      const settings = { maxTokens, updates, peak, seed, rule: () => radam() };
      const { losses, diverged } = await train(subject.model, text, settings);
      const learned = diverged ? 0 : unigramEntropy(text) - meanOf(losses.slice(-20));
      return [{ shape, method, seed, ...depth, ...changes, curve: tenths(losses), diverged, learned }];
    });
  },
  verdict: claimsOf,
  figure: figureOf,
};
