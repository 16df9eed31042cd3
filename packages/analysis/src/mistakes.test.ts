import { encoder, postLN, SteadyformerError, selectBackend } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import * as analysis from './index';

// The mistakes of a first hour, as JavaScript or a cast lets them through: each one clear error, and no tensor left.

const { describeMethod, describeModel, dependency, gradientNorms, measureBranches, outputChange, predict } =
  analysis;

type Call = (...args: never[]) => unknown;
const call = async (f: unknown, ...args: readonly unknown[]): Promise<unknown> =>
  (f as Call)(...(args as never[]));

const sizes = { vocabulary: 20, width: 8, heads: 2, depth: 2, method: postLN() };
const padded = (rows: number[][]): tf.Tensor2D => tf.tensor2d(rows, [rows.length, rows[0]!.length], 'int32');

let model: ReturnType<typeof encoder>;
let batch: tf.Tensor2D;
let pads: tf.Tensor2D;

beforeAll(async () => {
  await selectBackend('cpu');
  model = encoder(sizes);
  batch = padded([[4, 5, 6, 7]]);
  pads = padded([[1, 1, 1, 1]]);
});

const PADS = 'the batch holds nothing but pads for the encoder; give one with real tokens, or check padId';

const POINTS = [1, 2, 3, 4].map((depth) => ({ depth, value: depth }));
const PREDICTION = predict({ method: postLN(), depth: 2 });

const CASES: readonly (readonly [string, () => Promise<unknown>, string])[] = [
  [
    'predict()',
    () => call(predict),
    'predict(): received undefined, allowed a model, { method, depth } or { branches }',
  ],
  [
    'depthCheck()',
    () => call(analysis.depthCheck),
    'depthCheck() depths: received undefined, allowed 4 or more increasing whole numbers >= 1',
  ],
  [
    'depthCheck(model)',
    () => call(analysis.depthCheck, model, [1, 2, 3, 4]),
    'build: received a Encoder, allowed a function (depth, seed) => ({ model, batch })',
  ],
  [
    'expectStable(model)',
    () => call(analysis.expectStable, model, { growth: 'logarithmic', depth: 8 }),
    'build: received a Encoder, allowed a function (depth, seed) => ({ model, batch })',
  ],
  [
    'expectStable(build)',
    () => call(analysis.expectStable, () => ({})),
    'expectStable() options: received undefined, allowed { growth, depth }',
  ],
  ['predict(method)', () => call(predict, postLN()), 'Write predict({ method, depth }).'],
  ['predict(method not called)', () => call(predict, postLN), 'predict(): received the function postLN'],
  [
    'predict with a method not called',
    () => call(predict, { method: postLN, depth: 2 }),
    'describeMethod() method: received the function postLN, allowed a residual method, such as admin() or postLN(). Call it: postLN().',
  ],
  [
    'predict with a method by name',
    () => call(predict, { method: 'admin', depth: 2 }),
    "describeMethod() method: received 'admin'",
  ],
  [
    'predict without a depth',
    () => call(predict, { method: postLN() }),
    'describeMethod() depth: received undefined',
  ],
  [
    'predict with one rate',
    () => call(predict, { method: postLN(), depth: 2, dropout: 0.1 }),
    'describeMethod() dropout: received 0.1',
  ],
  [
    'predict in an unknown stack',
    () => call(predict, { method: postLN(), depth: 2, stack: 'de.coder' }),
    "describeMethod() stack: received 'de.coder', allowed names without dots",
  ],
  [
    'predict with a perturbation by name',
    () => call(predict, model, { perturbation: 'sign' }),
    "predict() perturbation: received 'sign', allowed such as { kind: 'sign', size: 1e-4 }",
  ],
  [
    'predict with a perturbation without a size',
    () => call(predict, model, { perturbation: { kind: 'sign' } }),
    'predict() perturbation.size: received undefined',
  ],
  [
    'predict with an unknown option',
    () => call(predict, model, { pertubation: {} }),
    "predict(): unknown option 'pertubation', did you mean 'perturbation'?",
  ],
  [
    'predict with branches without records',
    () => call(predict, { branches: [{ path: 'a', variance: 1 }] }),
    'residual of branch 1 of the description: received undefined',
  ],
  [
    'predict with a number of branches',
    () => call(predict, { branches: 4 }),
    'predict() branches: received 4, allowed a list',
  ],
  [
    'predict with a number of tokens',
    () => call(predict, model, { tokens: 16 }),
    'tokens: received 16, allowed { count }',
  ],
  [
    'predict with variances of no branch',
    () => call(predict, model, { variances: { 'encoder.layers.0.selfAtention': 1 } }),
    "describeModel() variances: unknown option 'encoder.layers.0.selfAtention', did you mean 'encoder.layers.0.selfAttention'?",
  ],
  ['describeModel(stack)', () => call(describeModel, model.encoder), 'Give asStacked(stack).'],
  ['describeMethod()', () => call(describeMethod), 'describeMethod(): received undefined'],
  ['outputChange()', () => call(outputChange), 'outputChange() model: received undefined'],
  [
    'outputChange(model, array)',
    () => call(outputChange, model, [[4, 5]]),
    'received [[4, 5]], expected int32 [batch, time]',
  ],
  ['outputChange of pads', () => call(outputChange, model, pads), `outputChange(): ${PADS}`],
  [
    'outputChange beyond the stack',
    () => call(outputChange, model, batch, { depths: [2, 99] }),
    'outputChange() depths: received 99, allowed up to the 4 residual branches of the deepest stack',
  ],
  [
    'outputChange at one depth',
    () => call(outputChange, model, batch, { depths: 2 }),
    'outputChange() depths: received 2, allowed increasing whole numbers',
  ],
  [
    'outputChange with one seed',
    () => call(outputChange, model, batch, { seeds: 1 }),
    'outputChange() seeds: received 1, allowed a list',
  ],
  [
    'outputChange with a change by name',
    () => call(outputChange, model, batch, { change: 'sign' }),
    "outputChange() change: received 'sign'",
  ],
  [
    'outputChange with an unknown change',
    () => call(outputChange, model, batch, { change: { kind: 'uniform', size: 1 } }),
    "outputChange() change.kind: received 'uniform', allowed 'sign', 'gaussian', 'gradient'",
  ],
  [
    'outputChange without a size',
    () => call(outputChange, model, batch, { change: { kind: 'gaussian' } }),
    'outputChange() change.ratio: received undefined, allowed numbers > 0',
  ],
  [
    'outputChange without a loss',
    () => call(outputChange, model, batch, { change: { kind: 'gradient', size: 1 } }),
    'outputChange() change.loss: received undefined',
  ],
  [
    'dependency(function)',
    () => call(dependency, encoder),
    'dependency() model: received the function encoder',
  ],
  ['dependency of pads', () => call(dependency, model, pads), `dependency(): ${PADS}`],
  ['measureBranches of pads', () => call(measureBranches, model, pads), `measureBranches(): ${PADS}`],
  [
    'gradientNorms without a loss',
    () => call(gradientNorms, model, batch),
    'gradientNorms() loss: received undefined, allowed (batch, context) => a scalar',
  ],
  [
    'updateNorms(model)',
    () => call(analysis.updateNorms, undefined, {}),
    'updateNorms() state: received undefined',
  ],
  ['zipfTokens()', () => call(analysis.zipfTokens), 'zipfTokens(): received undefined'],
  [
    'zipfTokens with an exponent of text',
    () => call(analysis.zipfTokens, { sentences: 1, length: 1, vocabulary: 9, exponent: '1' }),
    "zipfTokens() exponent: received '1'",
  ],
  [
    'fitTheory with an unknown option',
    () => call(analysis.fitTheory, POINTS, PREDICTION, { inputchange: 1 }),
    "fitTheory(): unknown option 'inputchange', did you mean 'inputChange'?",
  ],
  [
    'fitTheory without a prediction',
    () => call(analysis.fitTheory, POINTS),
    'fitTheory() prediction: received undefined, allowed what predict() returns',
  ],
  [
    'outputChangeFigure with an unknown option',
    () => call(analysis.outputChangeFigure, {}, { logDeph: true }),
    "outputChangeFigure(): unknown option 'logDeph', did you mean 'logDepth'?",
  ],
  [
    'outputChangeFigure with a flag of text',
    () => call(analysis.outputChangeFigure, {}, { logDepth: 'yes' }),
    "outputChangeFigure() logDepth: received 'yes', allowed true, false",
  ],
  [
    'depthCheck in an unknown way',
    () => call(analysis.depthCheck, () => ({}), [1, 2, 3, 4], { networks: 'prefix' }),
    "depthCheck() networks: received 'prefix', allowed 'prefixes', 'separate'",
  ],
  [
    'depthCheck with a listener of text',
    () => call(analysis.depthCheck, () => ({}), [1, 2, 3, 4], { onNetwork: 'log' }),
    "depthCheck() onNetwork: received 'log', allowed a function",
  ],
  [
    'expectStable with an unknown option',
    () => call(analysis.expectStable, () => ({}), { growth: 'linear', depth: 8, stak: 'encoder' }),
    "expectStable(): unknown option 'stak', did you mean 'stack'?",
  ],
  ['criticalRate()', () => call(analysis.criticalRate), 'criticalRate(): received undefined'],
  [
    'criticalRate without a loss',
    () => call(analysis.criticalRate, model, batch, {}),
    'criticalRate() loss: received undefined, allowed (batch, context) => a scalar',
  ],
  [
    'criticalRate by a rule not called',
    () => call(analysis.criticalRate, model, batch, { loss: () => 1, rule: () => 1 }),
    'criticalRate() rule: received the function rule, allowed a rule, such as adam()',
  ],
  [
    'rateTransfer of a method alone',
    () => call(analysis.rateTransfer, { of: postLN(), measured: [{ depth: 2, rate: 1 }] }),
    'rateTransfer() of: received',
  ],
  [
    'watch with an unknown threshold',
    () => call(analysis.watch, model, { thresholds: { updateRatios: 1 } }),
    "watch() thresholds: unknown option 'updateRatios', did you mean 'updateRatio'?",
  ],
  [
    'watch with a threshold of zero',
    () => call(analysis.watch, model, { thresholds: { omegaDrift: 0 } }),
    'watch() thresholds.omegaDrift: received 0, allowed numbers > 0',
  ],
  ['watch(null)', () => call(analysis.watch, null), 'watch() model: received null'],
];

describe('a first mistake', () => {
  it.each(CASES.map(([name, f, message]) => ({ name, f, message })))('$name', async ({ f, message }) => {
    const before = tf.memory().numTensors;
    const error = await f().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(SteadyformerError);
    expect((error as Error).message).toContain(message);
    expect(tf.memory().numTensors).toBe(before);
  });
});
