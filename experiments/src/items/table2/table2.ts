import { isDeepStrictEqual } from 'node:util';
import { dependency } from '@steadyformer/analysis';
import { SteadyformerError, type Transformer } from '@steadyformer/core';
import { Batches, Bpe, batchTensors, encodeCorpus } from '@steadyformer/translate';
import { loadParallelFiles, loadTranslator } from '@steadyformer/translate/node';
import * as tf from '@tensorflow/tfjs';
import type { Corpus } from '../../framework/corpora';
import { grid, type Item } from '../../framework/item';
import { meanOf } from '../../framework/statistics';
import type { TrainedRun, Training } from '../../framework/training';
import { METHODS, type Method } from '../../measure/methods';
import { figureOf } from './figure';
import { type Point, point } from './points';
import { claimsOf } from './verdict';

interface Size {
  readonly corpora: readonly string[];
  /** Subwords, joint of both languages. */
  readonly merges: number;
  readonly maxTokens: number;
  readonly depth: number;
  readonly width: number;
  readonly heads: number;
  readonly feedForward: number;
  readonly dropout: number;
  readonly updates: number;
  readonly warmup: number;
  readonly peak: number;
  /** Updates from one validation to the next. */
  readonly every: number;
  readonly filter: boolean;
}

const dataOf = ({ files }: Corpus, { filter }: Size) => ({
  train: files('train'),
  valid: files('valid'),
  test: files('test'),
  filter: { apply: filter },
});

const training = (size: Size, seeds: readonly number[], corpus: (name: string) => Corpus): Training => ({
  config: {
    data: dataOf(corpus(size.corpora[0]!), size),
    vocabulary: { merges: size.merges },
    batches: { maxTokens: size.maxTokens },
    model: {
      method: 'admin',
      width: size.width,
      heads: size.heads,
      feedForward: size.feedForward,
      depth: size.depth,
      dropout: { residual: size.dropout, attention: 0.1, activation: 0.1 },
    },
    optimizer: {
      name: 'radam',
      peak: size.peak,
      schedule: { name: 'linearDecay', warmup: size.warmup, total: size.updates },
    },
    training: { updates: size.updates },
    validation: { every: size.every },
    checkpoints: { every: size.every },
  },
  grid: {
    data: size.corpora.map((name) => dataOf(corpus(name), size)),
    'model.method': METHODS,
    seed: seeds,
  },
});

/** Mean beta_ii of both stacks over a batch of validation text. */
const betasOf = async (folder: string, { files }: Corpus, maxTokens: number) => {
  const { model, vocabulary } = await loadTranslator(folder);
  try {
    if (!(vocabulary instanceof Bpe)) throw new SteadyformerError(`${folder}: of no joint vocabulary`);
    const pairs = await loadParallelFiles(files('valid'));
    const batches = new Batches(encodeCorpus(pairs, vocabulary), { maxTokens, seed: 1 });
    const ids = batchTensors(batches.batchAt(0, 0));
    try {
      const { encoder, decoder } = await dependency(model as Transformer, ids);
      const diagonal = (beta: readonly (readonly number[])[]): number =>
        meanOf(beta.map((row) => row.at(-1)!));
      return { encoderBeta: diagonal(encoder!.beta), decoderBeta: diagonal(decoder!.beta) };
    } finally {
      tf.dispose([ids.source, ids.target]);
    }
  } finally {
    model.dispose();
  }
};

const runOf = (runs: readonly TrainedRun[], wanted: TrainedRun['values']): TrainedRun => {
  const found = runs.find(({ values }) => isDeepStrictEqual(values, wanted));
  if (found) return found;
  throw new SteadyformerError(`table2: no run of ${JSON.stringify(wanted)}. --force begins anew`);
};

export const table2: Item<Size, Point> = {
  name: 'table2',
  paper: 'Table 2',
  states:
    "6-6 layers, BLEU: IWSLT'14 Post-LN 35.64, Pre-LN 35.50, Admin 35.67; WMT'14 En-De 27.80, 27.27, 27.90",
  version: 1,
  presets: {
    small: {
      corpora: ['multi30k', 'libreoffice-help'],
      merges: 3000,
      maxTokens: 1024,
      depth: 3,
      width: 128,
      heads: 4,
      feedForward: 256,
      dropout: 0.1,
      updates: 800,
      warmup: 100,
      peak: 2e-3,
      every: 200,
      filter: true,
    },
    paper: {
      corpora: ['wmt14-en-de', 'iwslt14-de-en'],
      merges: 32_000,
      maxTokens: 8192,
      depth: 6,
      width: 512,
      heads: 8,
      feedForward: 2048,
      dropout: 0.1,
      updates: 500_000,
      warmup: 8000,
      peak: 1e-3,
      every: 5000,
      filter: true,
    },
    minute: {
      corpora: ['emoji-names'],
      merges: 50,
      maxTokens: 128,
      depth: 1,
      width: 8,
      heads: 1,
      feedForward: 16,
      dropout: 0.1,
      updates: 2,
      warmup: 1,
      peak: 1e-2,
      every: 2,
      filter: false,
    },
  },
  seeds: { small: 3, paper: 3, minute: 1 },
  point,
  corpora: ({ corpora }) => corpora,
  training,
  cells: ({ corpora }, seeds) => grid({ corpus: corpora, method: METHODS, seed: seeds }),
  run: async ({ values }, { size, corpus, runs }) => {
    const {
      corpus: name,
      method,
      seed,
    } = values as {
      readonly corpus: string;
      readonly method: Method;
      readonly seed: number;
    };
    const text = corpus(name);
    const { result } = runOf(runs, { data: dataOf(text, size), 'model.method': method, seed });
    const { test, model, perplexity } = result;
    const diverged = result.ending === 'diverged' || !test || model === null;
    const betas = diverged
      ? { encoderBeta: null, decoderBeta: null }
      : await betasOf(model, text, size.maxTokens);
    return [
      {
        corpus: name,
        method,
        seed,
        diverged,
        bleu: test?.bleu ?? 0,
        chrF: test?.chrF ?? 0,
        perplexity: test?.perplexity ?? null,
        validPerplexity: diverged ? null : perplexity,
        ...betas,
      },
    ];
  },
  verdict: claimsOf,
  figure: figureOf,
};
