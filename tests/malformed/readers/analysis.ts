import {
  checkTrace,
  depthCheck,
  describeMethod,
  expectStable,
  fitGrowth,
  layerEffectiveness,
  outputChange,
  predict,
  readTrace,
  watch,
  zipfTokens,
} from '@steadyformer/analysis';
import { admin, encoder, postLN } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import {
  callback,
  either,
  flag,
  listOf,
  name,
  needed,
  notNegative,
  oneOf,
  positive,
  real,
  record,
  residual,
  whole,
} from '../domains';
import { optionsReader, valueReader } from '../optionsReader';
import { type Reader, textReader } from '../reader';

const model = encoder({ vocabulary: 12, padId: 1, width: 4, heads: 1, depth: 2, method: postLN() }, 3);
const batch = tf.tensor2d([[4, 5, 6, 2]], [1, 4], 'int32');
const build = (depth: number) => {
  const made = encoder({ vocabulary: 12, padId: 1, width: 4, heads: 1, depth, method: postLN() }, 3);
  return { model: made, batch: batch.clone() };
};
const finite = (...values: readonly number[]): string | undefined =>
  values.every(Number.isFinite) ? undefined : 'not finite';

const change = either(
  record({ kind: needed(oneOf('sign')), size: needed(positive(1e-4)) }),
  record({ kind: needed(oneOf('gaussian')), ratio: needed(positive(0.01)) }),
);
const seeds = listOf([1, 2], real(1), 1);
const points = [1, 2, 3, 4, 6, 8].map((depth) => ({ depth, value: depth + 1 / depth }));
const method = admin();

const trace = [1, 2, 3, 4, 6]
  .flatMap((depth) =>
    ['a', 'b'].map((run) => ({
      path: `h.${depth}`,
      step: 0,
      kind: 'output-change',
      value: depth / 1e6,
      depth,
      run,
    })),
  )
  .map((record) => JSON.stringify(record))
  .join('\n');
const variances = Array.from({ length: 7 }, (_, depth) => {
  const kind = depth === 0 ? 'stream-variance' : 'branch-variance';
  return JSON.stringify({ path: `b.${depth}`, step: 0, kind, value: 1, depth });
}).join('\n');

export const analysis: readonly Reader[] = [
  textReader({
    name: 'analysis: readTrace',
    sound: [() => trace, () => `${trace}\r\n\n{"path":"x","step":3,"kind":"gradient-norm","value":0}\n`],
    read: readTrace,
    judge: (records) => {
      const known = ['output-change', 'branch-variance', 'stream-variance', 'gradient-norm'];
      const sound = records.every(({ kind, value, step }) => known.includes(kind) && value >= 0 && step >= 0);
      return sound ? finite(...records.map(({ value }) => value)) : 'no measurement';
    },
  }),
  optionsReader({
    name: 'analysis: checkTrace',
    options: {
      step: oneOf(0),
      method: residual(method),
      block: listOf(['selfAttention'], name('feedForward'), 1),
    },
    call: async (o) => {
      const { verdict } = await checkTrace(readTrace(`${trace}\n${variances}`), o);
      return verdict.text.length > 0 ? undefined : 'no verdict';
    },
  }),
  optionsReader({
    name: 'analysis: layerEffectiveness',
    options: { level: oneOf('subLayer', 'block'), onLayer: callback(() => {}) },
    call: async (o) => {
      const found = await layerEffectiveness(model, batch, o);
      return finite(...Object.values(found).flatMap((layers) => layers.map(({ angle }) => angle)));
    },
  }),
  optionsReader({
    name: 'analysis: zipfTokens',
    options: {
      sentences: needed(whole(2)),
      length: needed(whole(5)),
      vocabulary: needed(whole(20)),
      firstId: whole(4, 0),
      exponent: real(1),
      seed: real(3),
    },
    together: ({ vocabulary, firstId = 4 }: { vocabulary: number; firstId?: number }) => vocabulary > firstId,
    call: (o) => {
      const ids = zipfTokens(o);
      const { firstId = 4, vocabulary } = o as { firstId?: number; vocabulary: number };
      const sound = ids.dataSync().every((id) => id >= firstId && id < vocabulary);
      ids.dispose();
      return sound ? undefined : 'ids outside';
    },
  }),
  optionsReader({
    name: 'analysis: outputChange',
    options: {
      change,
      seeds,
      depths: listOf([1, 4], whole(1, 0, 4), 1),
      select: callback(() => true),
    },
    call: async (o) => {
      const found = await outputChange(model, batch, o);
      return finite(...Object.values(found).flatMap((stack) => stack.map(({ change: { mean } }) => mean)));
    },
  }),
  optionsReader({
    name: 'analysis: predict',
    options: {
      perturbation: either(
        record({ kind: needed(oneOf('unit')) }),
        record({ kind: needed(oneOf('sign')), size: needed(positive(1e-4)), embedding: flag(true) }),
      ),
      inputChange: notNegative(0.1),
    },
    call: (o) => {
      const { diagonal } = predict(describeMethod({ method, depth: 2 }), o);
      return finite(...diagonal);
    },
  }),
  optionsReader({
    name: 'analysis: describeMethod',
    options: {
      method: needed(residual(method)),
      depth: needed(whole(2, 1, 10_000)),
      stack: name('encoder'),
      causal: flag(false),
      reads: record({ encoder: whole(2) }, 'open'),
      variance: either(notNegative(0.5), record({}, 'open')),
      width: whole(8),
      feedForward: whole(16),
    },
    call: (o) => {
      const { branches } = describeMethod(o);
      return branches.length > 0 ? undefined : 'no branches';
    },
  }),
  valueReader(
    'analysis: fitGrowth of',
    listOf(
      points,
      record({ depth: needed(positive(1)), value: needed(real(1)), error: notNegative(0.1) }, 'open'),
      4,
    ),
    async (given) => {
      const { best } = await fitGrowth(given);
      return finite(...Object.values(best.parameters).map(({ value }) => value));
    },
  ),
  optionsReader({
    name: 'analysis: watch',
    options: {
      every: whole(5),
      thresholds: record({ updateRatio: positive(0.1) }),
    },
    call: (o) => watch(model, o).dispose?.(),
  }),
  optionsReader({
    name: 'analysis: depthCheck',
    weight: 0.8,
    options: {
      seeds: listOf([1], real(1), 1),
      change,
      networks: oneOf('prefixes', 'separate'),
      stack: oneOf('encoder'),
      onNetwork: callback(() => {}),
    },
    call: async (o) => {
      const { verdict } = await depthCheck(build, [1, 2, 3, 4], o);
      return verdict.text.length > 0 ? undefined : 'no verdict';
    },
  }),
  valueReader('analysis: depthCheck of depths', listOf([1, 2, 3, 4], whole(1, 1, 4), 4), async (depths) => {
    await depthCheck(build, depths, { seeds: [1] });
  }),
  optionsReader({
    name: 'analysis: expectStable',
    weight: 0.8,
    options: {
      growth: needed(oneOf('linear')),
      depth: needed(whole(8, 8, 64)),
      seeds: listOf([1], real(1), 1),
    },
    // Of networks this small it may not be able to tell, and says so.
    call: (o) =>
      expectStable(build, o).then(
        () => undefined,
        (error: Error) => {
          if (!error.message.includes('cannot tell')) throw error;
        },
      ),
  }),
];
