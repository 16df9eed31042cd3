import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { largest, mean, read, variance } from '../../testing/numbers';
import { selectBackend } from '../backend/select';
import { FeedForward } from '../layers/feedForward';
import { Linear } from '../layers/linear';
import { TokenEmbedding } from '../layers/tokenEmbedding';
import { encoder } from '../models/encoder';
import { languageModel } from '../models/languageModel';
import { asStacked, type Stacked } from '../models/stacked';
import { transformer } from '../models/transformer';
import { randomStream } from '../random/random';
import { methodFrom, methods } from '../residual/methods';
import { admin } from '../residual/methods/admin';
import { deepNorm } from '../residual/methods/deepNorm';
import { postLN } from '../residual/methods/postLN';
import { tFixup } from '../residual/methods/tFixup';
import type { ResidualMethod } from '../residual/residual';
import { Stack } from '../residual/stack';
import { type Module, Parameter, vectorParameter } from '../state/module';
import { type InitialWeight, initialWeights } from './initialWeights';
import { initialWeightsText } from './summaryText';

const sizes = { vocabulary: 300, padId: 1, width: 64, heads: 4, feedForward: 128, depth: 1 };
const OPTIONS: Readonly<Record<string, object>> = {
  b2t: { scaledInit: true },
  adminConstant: { trainable: true },
};

beforeAll(async () => {
  await selectBackend('cpu');
});

/** The numbers that a row speaks of. */
const numbersOf = (model: Module, { path, shape, columns, initial }: InitialWeight): number[] => {
  const found = model.parameters().find((named) => path.replace(/\[.*/, '') === named.path)!;
  const all = read(found.parameter.value);
  const width = shape.at(-1) ?? 1;
  const [from, to] = columns ?? [0, width];
  const total = found.parameter.shape.at(-1) ?? 1;
  const zeroRow = initial?.kind === 'normal' ? initial.zeroRow : undefined;
  expect(to - from).toBe(width);
  return all.filter((_, i) => {
    const column = i % total;
    return column >= from && column < to && Math.floor(i / total) !== zeroRow;
  });
};

/** Every parameter has a row, and the numbers are what the row says, within five standard errors. */
const holds = <Batch>(model: Stacked<Batch>): InitialWeight[] => {
  const rows = initialWeights(model);
  const counted = rows.reduce((n, { shape }) => n + shape.reduce((a, b) => a * b, 1), 0);
  expect(counted).toBe(model.parameterCount());
  for (const row of rows) {
    const numbers = numbersOf(model, row);
    const { initial, deviation } = row;
    if (initial?.kind === 'given') {
      expect(numbers).toEqual(initial.values.map(Math.fround));
      expect(deviation).toBe(0);
      continue;
    }
    if (initial?.kind === 'constant') {
      expect([row.path, ...new Set(numbers)]).toEqual([row.path, Math.fround(initial.value)]);
      expect(deviation).toBe(0);
      continue;
    }
    const measured = Math.sqrt(variance(numbers));
    // The variance of a variance is (kurtosis - 1) / n of its square; kurtosis is 9 / 5 uniform and 3 Gaussian.
    const uniform = initial!.kind !== 'normal';
    const error = deviation! * Math.sqrt((uniform ? 0.8 : 2) / (4 * numbers.length));
    expect(Math.abs(measured - deviation!), row.path).toBeLessThanOrEqual(5 * error);
    expect(Math.abs(mean(numbers)), row.path).toBeLessThanOrEqual(
      (5 * deviation!) / Math.sqrt(numbers.length),
    );
    if (initial!.kind === 'normal') continue;
    expect(largest(numbers), row.path).toBeLessThanOrEqual(Math.fround(Math.abs(initial!.bound)));
    expect(largest(numbers), row.path).toBeGreaterThanOrEqual(0.98 * Math.abs(initial!.bound));
  }
  return rows;
};

/** The gains that a method gives, by the end of the path; none elsewhere. */
const askedIn = (rows: readonly InitialWeight[]): Record<string, number> =>
  Object.fromEntries(
    rows.flatMap(({ path, initial, by }) =>
      by && initial && initial.kind !== 'constant' && initial.kind !== 'given'
        ? [[path.replace(/layers\.0\.|branch\.|\.weight/g, ''), Number(initial.gain!.toFixed(4))]]
        : [],
    ),
  );

/** value, output, inner and outer of every branch. */
const four = (encoderGain: number, decoderGain: number, cross = true): Record<string, number> => ({
  'encoder.selfAttention.queryKeyValue[value]': encoderGain,
  'encoder.selfAttention.output': encoderGain,
  'encoder.feedForward.inner': encoderGain,
  'encoder.feedForward.outer': encoderGain,
  'decoder.selfAttention.queryKeyValue[value]': decoderGain,
  'decoder.selfAttention.output': decoderGain,
  ...(cross
    ? { 'decoder.crossAttention.keyValue[value]': decoderGain, 'decoder.crossAttention.output': decoderGain }
    : {}),
  'decoder.feedForward.inner': decoderGain,
  'decoder.feedForward.outer': decoderGain,
});

const last = (gains: Record<string, number>): Record<string, number> =>
  Object.fromEntries(Object.entries(gains).filter(([path]) => /output|outer/.test(path)));

const ROOT_HALF = Number(Math.SQRT1_2.toFixed(4));
const ROOT_TWO = Number(Math.SQRT2.toFixed(4));

/** From the papers' formulas at L = M = 1, N = 2 in the encoder and 3 in the decoder. */
const asked: Readonly<Record<string, Record<string, number>>> = {
  // 0.87 (L^4 M)^(-1/16), (12 M)^(-1/4).
  deepNorm: four(0.87, 0.5373),
  // sqrt(ln(3 M) ln(2 L) / 3), sqrt(ln(3 M)).
  subLN: four(0.5038, 1.0481, false),
  // N^(-1/2).
  gpt2Scaling: last(four(ROOT_HALF, 0.5774)),
  // 0.67 L^(-1/4), (9 M)^(-1/4); the value matrix times sqrt(2), embeddings (9 L)^(-1/4).
  tFixup: {
    'sourceEmbedding.table': 0.5774,
    ...four(0.67, 0.5774),
    'encoder.selfAttention.queryKeyValue[value]': 0.9475,
    'decoder.selfAttention.queryKeyValue[value]': 0.8165,
    'decoder.crossAttention.keyValue[value]': 0.8165,
  },
  // N^(-1/2), and zero.
  fixup: { ...four(ROOT_HALF, 0.5774), ...last(four(0, 0)) },
  // sqrt(4 / 5) on query, key and value, sqrt(2 / 5) on output.
  scaleNorm: {
    'encoder.selfAttention.queryKeyValue[query]': 0.8944,
    'encoder.selfAttention.queryKeyValue[key]': 0.8944,
    'encoder.selfAttention.queryKeyValue[value]': 0.8944,
    'encoder.selfAttention.output': 0.6325,
    'decoder.selfAttention.queryKeyValue[query]': 0.8944,
    'decoder.selfAttention.queryKeyValue[key]': 0.8944,
    'decoder.selfAttention.queryKeyValue[value]': 0.8944,
    'decoder.selfAttention.output': 0.6325,
    'decoder.crossAttention.query': 0.8944,
    'decoder.crossAttention.keyValue[key]': 0.8944,
    'decoder.crossAttention.keyValue[value]': 0.8944,
    'decoder.crossAttention.output': 0.6325,
  },
  // (2 (1 / 8)^(1/2) 5 / 2)^(1/2) at d_ff = 4 D; r^(-1/4) on output, sqrt(2) more on value, r = 0.221, and 0.6477 behind an
  // encoder of one block; sqrt(2) on query and key, 2^(-1/2) on embeddings.
  deepScaleLM: {
    'sourceEmbedding.table': ROOT_HALF,
    ...four(1.4585, 1.4585),
    ...Object.fromEntries(
      ['encoder.selfAttention.queryKeyValue', 'decoder.selfAttention.queryKeyValue'].flatMap((path) => [
        [`${path}[query]`, ROOT_TWO],
        [`${path}[key]`, ROOT_TWO],
        [`${path}[value]`, 2.0626],
      ]),
    ),
    ...{ 'encoder.feedForward.inner': 1.3296, 'encoder.feedForward.outer': 1.3296 },
    ...{ 'decoder.feedForward.inner': 1.3296, 'decoder.feedForward.outer': 1.3296 },
    'decoder.crossAttention.query': ROOT_TWO,
    'decoder.crossAttention.keyValue[key]': ROOT_TWO,
    'decoder.crossAttention.keyValue[value]': 1.5764,
    'decoder.crossAttention.output': 1.1147,
  },
};

describe('what a weight starts at', () => {
  it.each(Object.keys(methods))('is true of every parameter with %s', (name) => {
    const model = transformer({ ...sizes, method: methodFrom({ name, options: { ...OPTIONS[name] } }) }, 5);
    // Of two blocks the gains of B2T are not 1.
    if (name !== 'b2t') expect(askedIn(holds(model))).toEqual(asked[name] ?? {});
    else holds(model);
    model.dispose();
  });

  it.each([
    ['gated', { activation: 'swiglu' as const }],
    ['grouped-query', { keyValueHeads: 2 }],
    ['relative positions', { attentionPositions: { kind: 'relative' as const } }],
    ['learned positions', { positions: { kind: 'learned' as const, length: 200 } }],
    ['untied', { tiedEmbeddings: false }],
  ])('is true of every parameter, %s', (_name, own) => {
    const model = transformer({ ...sizes, ...own, method: deepNorm() }, 6);
    expect(askedIn(holds(model))).toEqual(asked.deepNorm);
    model.dispose();
  });

  it("names B2T's factor of every weight", () => {
    const method = methodFrom({ name: 'b2t', options: { scaledInit: true } });
    const model = encoder({ ...sizes, depth: 2, method }, 7);
    const gains = askedIn(holds(model));
    expect(Object.keys(gains).length).toBe(12);
    expect(new Set(Object.values(gains))).toEqual(new Set([ROOT_HALF]));
    model.dispose();
  });

  it('names whose constants they are', () => {
    const model = transformer({ ...sizes, method: methodFrom({ name: 'normFormer' }) });
    const theirs = initialWeights(model).flatMap(({ path, by, initial }) =>
      by && path.startsWith('encoder') ? [[path.slice('encoder.'.length), initial]] : [],
    );
    const [one, zero] = [1, 0].map((value) => ({ kind: 'constant', value }));
    expect(theirs).toEqual([
      ['layers.0.selfAttention.branch.headScale', one],
      ['layers.0.selfAttention.before.gain', one],
      ['layers.0.selfAttention.before.bias', zero],
      ['layers.0.selfAttention.inside.gain', one],
      ['layers.0.selfAttention.inside.bias', zero],
      ['layers.0.feedForward.branch.innerNorm.gain', one],
      ['layers.0.feedForward.branch.innerNorm.bias', zero],
      ['layers.0.feedForward.before.gain', one],
      ['layers.0.feedForward.before.bias', zero],
      ['layers.0.feedForward.omega', one],
      ['finalNorm.gain', one],
      ['finalNorm.bias', zero],
    ]);
    model.dispose();
  });

  it('stays what it was while weights change', () => {
    const model = languageModel({ ...sizes, method: admin() });
    const before = initialWeights(model);
    for (const { parameter } of model.parameters()) parameter.assign(tf.ones([...parameter.shape]));
    expect(initialWeights(model)).toEqual(before);
    model.dispose();
  });

  it("is that of the embedding's own stack in a hybrid", () => {
    const method = { encoder: tFixup(), decoder: postLN() };
    const model = transformer({ ...sizes, method, tiedEmbeddings: false }, 8);
    const tables = holds(model).filter(({ path }) => path.endsWith('table'));
    expect(tables.map(({ path, by }) => [path, by])).toEqual([
      ['sourceEmbedding.table', 'tFixup'],
      ['targetEmbedding.table', undefined],
      ['outputEmbedding.table', undefined],
    ]);
    model.dispose();
  });
});

describe("weights of the user's own", () => {
  const stackOf = (branch: object, method: ResidualMethod = deepNorm()): Stacked<tf.Tensor3D> => {
    const block = [{ name: 'mix', branch: () => branch as FeedForward }];
    return asStacked(new Stack({ name: 'encoder', width: 4, depth: 1, block, method }, randomStream(1)));
  };

  it('are not said to be what nobody stated', () => {
    const own = { call: (x: tf.Tensor3D) => tf.clone(x), factor: vectorParameter(Float32Array.of(1, 2)) };
    const given = new Linear({ inputs: 1, outputs: 2 }, { weights: Float32Array.of(1, 2) }, randomStream(1));
    const model = stackOf({ ...own, given });
    expect(initialWeights(model).slice(0, 2)).toEqual([
      { path: 'stack.layers.0.mix.branch.factor', shape: [2] },
      { path: 'stack.layers.0.mix.branch.given.weight', shape: [1, 2] },
    ]);
    expect(initialWeightsText({ weights: initialWeights(model) }).split('\n')[0]).toMatch(
      /factor +not stated$/,
    );
    model.dispose();
  });

  it('say what their maker says, and no method that did not ask for it', () => {
    const factor = new Parameter(tf.tensor1d([0.1, -0.1]), { kind: 'uniform', bound: 0.25, gain: 0.5 });
    // DeepNorm asks for an inner gain of 8^(-1/4), not for this one.
    const gains = { inner: 0.3, outer: 8 ** -0.25 };
    const forward = new FeedForward({ width: 4, hidden: 8, gains }, randomStream(1));
    const model = stackOf({
      call: (x: tf.Tensor3D) => forward.call(x),
      factor,
      inner: forward.inner,
      outer: forward.outer,
    });
    const [first, inner, , outer] = initialWeights(model);
    expect(first).toEqual({
      path: 'stack.layers.0.mix.branch.factor',
      shape: [2],
      initial: { kind: 'uniform', bound: 0.25, gain: 0.5 },
      deviation: 0.25 / Math.sqrt(3),
    });
    expect([inner!.by, outer!.by]).toEqual([undefined, 'deepNorm']);
    model.dispose();
  });

  it('of an embedding that stands alone have a gain of nobody', () => {
    const table = new TokenEmbedding({ vocabulary: 5, width: 4, padId: 0, gain: 0.5 }, randomStream(1));
    const model = Object.assign(stackOf({ call: (x: tf.Tensor3D) => tf.clone(x) }), { table });
    const [row] = initialWeights(model).filter(({ path }) => path === 'table.table');
    expect(row).toEqual({
      path: 'table.table',
      shape: [5, 4],
      initial: { kind: 'normal', deviation: 0.25, gain: 0.5, zeroRow: 0 },
      deviation: 0.25,
    });
    model.dispose();
  });
});
