import {
  admin,
  type Encoder,
  encoder,
  fromConfig,
  type LanguageModel,
  languageModel,
  type Module,
  methodFrom,
  preLN,
  ruleFrom,
  type ScheduleConfig,
  scheduleFrom,
  type Transformer,
  transformer,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { echoes, jsonReader, type Reader } from '../reader';

const sizes = { vocabulary: 12, width: 8, heads: 2, depth: 1, feedForward: 8 };
const once = <T>(make: () => T): (() => T) => {
  let made: T | undefined;
  return () => {
    made ??= make();
    return structuredClone(made);
  };
};
const configOf = <M extends Module & { readonly config: object }>(make: () => M): (() => unknown) =>
  once(() => {
    const model = make();
    const config: unknown = JSON.parse(JSON.stringify(model.config));
    model.dispose();
    return config;
  });

const ids = (length: number): tf.Tensor2D =>
  tf.tensor2d(
    Array.from({ length }, (_, i) => 4 + (i % 3)),
    [1, length],
    'int32',
  );

/** The model says what it was told, and computes numbers. */
const check = (model: Transformer | LanguageModel | Encoder, given: unknown): string | undefined => {
  try {
    const lost = echoes(given, model.config);
    if (lost !== undefined) return lost;
    return tf.tidy(() => {
      const output = (
        'sourceEmbedding' in model
          ? (model as Transformer).call({ source: ids(3), target: ids(2) })
          : (model as LanguageModel).call(ids(3) as never)
      ) as tf.Tensor;
      const values = output.dataSync();
      return values.length > 0 && values.every(Number.isFinite) ? undefined : 'the output is not finite';
    });
  } finally {
    model.dispose();
  }
};

const kinds = [
  configOf(() => transformer({ ...sizes, padId: 1, method: admin() })),
  configOf(() =>
    languageModel({ ...sizes, method: preLN(), attentionPositions: 'rotary', keyValueHeads: 1 }),
  ),
  configOf(() =>
    encoder({
      ...sizes,
      padId: 1,
      method: admin(),
      positions: { kind: 'learned', length: 8 },
      activation: 'swiglu',
    }),
  ),
];

export const models: readonly Reader[] = [
  jsonReader({
    name: 'core: fromConfig',
    weight: 6,
    sound: kinds,
    read: (config) => {
      const model = fromConfig(config as never) as Transformer | LanguageModel | Encoder;
      return check(model, config);
    },
    judge: (said) => said,
  }),
  jsonReader({
    name: 'core: methodFrom',
    sound: [
      () => ({ name: 'admin', options: {} }),
      () => ({ name: 'adminConstant', options: { target: 'linear' } }),
      () => ({ name: 'layerScale', options: { initial: 0.1 } }),
      () => ({ name: 'postLN' }),
    ],
    read: (config) => methodFrom(config as never),
    judge: ({ name, options }, config) => echoes(config, { name, options }),
  }),
  jsonReader({
    name: 'core: ruleFrom',
    sound: [
      () => ({ name: 'adam', options: { beta1: 0.9, beta2: 0.98, epsilon: 1e-8, weightDecay: 0.1 } }),
      () => ({ name: 'radam', options: { warmStart: 'momentum', beta2: 0.99 } }),
      () => ({ name: 'sgd', options: { momentum: 0.5 } }),
    ],
    read: (config) => ruleFrom(config as never),
    judge: ({ name, options, coefficients }, config) => {
      const finite = [1, 2, 1000].every((update) =>
        Object.values(coefficients(update, 1e-3)).every(
          (value) => typeof value === 'boolean' || Number.isFinite(value),
        ),
      );
      return finite ? echoes(config, { name, options }) : 'its steps are not finite';
    },
  }),
  jsonReader({
    name: 'core: scheduleFrom',
    sound: [
      () => ({ name: 'inverseSqrt', options: { peak: 7e-4, warmup: 6000, start: 1e-7 } }),
      () => ({ name: 'polynomialDecay', options: { peak: 1, total: 30, warmup: 5, floor: 0.1, power: 2 } }),
      () => ({ name: 'piecewiseConstant', options: { boundaries: [3, 10], rates: [1, 0.5, 0.1] } }),
      () => [
        { name: 'constant', options: { value: 0.04 } },
        { name: 'linearWarmup', options: { updates: 4000 } },
        { name: 'rsqrtDecay', options: { warmup: 4000 } },
      ],
    ],
    read: (config) => scheduleFrom(config as ScheduleConfig),
    judge: (schedule) =>
      [1, 2, 1000, 1e6].every((update) => Number.isFinite(schedule(update)))
        ? undefined
        : 'its rates are not finite',
  }),
];
