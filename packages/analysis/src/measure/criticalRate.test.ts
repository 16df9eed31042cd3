import {
  adam,
  completeP,
  type Encoder,
  encoder,
  lipschitz,
  lossAndGradient,
  methodTraining,
  nGPT,
  Optimizer,
  postLN,
  preLN,
  type ResidualMethod,
  radam,
  randomStream,
  selectBackend,
  sgd,
  softmaxCrossEntropy,
  stateDict,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { linearNetwork } from '../../testing/linearNetwork';
import { criticalRate } from './criticalRate';
import { zipfTokens } from './zipf';

beforeAll(async () => {
  await selectBackend('wasm');
});

const width = 8;
/** x + x W + b: linear in its weights. */
const linear = (): Encoder => linearNetwork(1, width);
const normal = (name: string, tokens: number): tf.Tensor3D =>
  tf.tensor3d(
    randomStream(5)
      .fork(name)
      .normal(tokens * width),
    [1, tokens, width],
  );
const squared =
  (model: Encoder, wanted: tf.Tensor3D) =>
  (x: tf.Tensor3D, context: object): tf.Scalar =>
    tf.tidy(() => tf.mean<tf.Scalar>(tf.squaredDifference(model.call(x, context), wanted)));

/** g . s and s . H s by hand: L = mean (e + rate (x S + t))^2 with e the error, S and t the step of W and b. */
const byHand = (
  model: Encoder,
  x: tf.Tensor3D,
  wanted: tf.Tensor3D,
  stepOf: (gradient: tf.Tensor) => tf.Tensor,
): { readonly slope: number; readonly curvature: number } =>
  tf.tidy(() => {
    const e = tf.sub(model.call(x), wanted);
    const rows = tf.reshape<tf.Rank.R2>(x, [-1, width]);
    const error = tf.reshape<tf.Rank.R2>(e, [-1, width]);
    const ofW = tf.mul(tf.matMul(rows, error, true), 2 / error.size);
    const ofB = tf.mul(tf.sum(error, 0), 2 / error.size);
    const moved = tf.add(tf.matMul(rows, stepOf(ofW) as tf.Tensor2D), stepOf(ofB));
    const slope = tf.add(tf.sum(tf.mul(ofW, stepOf(ofW))), tf.sum(tf.mul(ofB, stepOf(ofB))));
    return {
      slope: slope.dataSync()[0]!,
      curvature: 2 * tf.mean(tf.square(moved)).dataSync()[0]!,
    };
  });

describe('criticalRate of a quadratic loss', () => {
  it.each([
    ['gradient descent', sgd(), (g: tf.Tensor) => g],
    ['the first step of Adam, the signs', adam(), (g: tf.Tensor) => tf.div(g, tf.add(tf.abs(g), 1e-8))],
  ] as const)('is 2 g.s / s.Hs for %s, by curvature and by the loss', async (_name, rule, stepOf) => {
    const [model, x, wanted] = [linear(), normal('x', 5), normal('y', 5)];
    const { slope, curvature } = byHand(model, x, wanted, stepOf);
    const before = await stateDict(model);
    const { numTensors } = tf.memory();
    const found = await criticalRate(model, x, { loss: squared(model, wanted), rule });
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(await stateDict(model)).toEqual(before);
    expect(found.slope / slope).toBeCloseTo(1, 4);
    expect(found.curvature / curvature).toBeCloseTo(1, 2);
    const edge = (2 * slope) / curvature;
    expect(found.limits.curvature! / edge).toBeCloseTo(1, 2);
    expect(Math.abs(found.curvature - curvature)).toBeLessThan(0.01 * curvature + 3 * found.curvatureError);
    // The loss is a parabola, and what is interpolated a line.
    expect(found.limits.loss! / edge).toBeCloseTo(1, 3);
    tf.dispose([x, wanted]);
    model.dispose();
  });

  it('is 2 / lambda along an eigenvector', async () => {
    // One token: every row of the gradient is along (x, 1), and lambda = 2 (|x|^2 + 1) / D there.
    const [model, x, wanted] = [linear(), normal('x', 1), normal('y', 1)];
    const lambda = (2 * (tf.sum(tf.square(x)).dataSync()[0]! + 1)) / width;
    const found = await criticalRate(model, x, { loss: squared(model, wanted), rule: sgd() });
    expect((found.limits.loss! * lambda) / 2).toBeCloseTo(1, 3);
    expect((found.limits.curvature! * lambda) / 2).toBeCloseTo(1, 2);
    // A step of 1 / lambda brings the loss to 0, and further ones raise it again.
    expect(found.points.some(({ loss }) => loss < 0.3 * found.loss)).toBe(true);
    tf.dispose([x, wanted]);
    model.dispose();
  });
});

const V = 30;
const language = (method: ResidualMethod, depth = 2, seed = 2): Encoder =>
  encoder({ vocabulary: V, method, depth, width: 16, heads: 2 }, seed);
const lossOf =
  (model: Encoder) =>
  (batch: tf.Tensor2D, context: object): tf.Scalar =>
    tf.tidy(() => {
      const logits = tf.reshape<tf.Rank.R2>(model.logits(model.call(batch, context)), [-1, V]);
      return tf.mean<tf.Scalar>(softmaxCrossEntropy(logits, tf.reshape(batch, [-1]), 0).loss);
    });
const tokens = (): tf.Tensor2D => zipfTokens({ sentences: 2, length: 6, vocabulary: V });

describe('criticalRate of encoders', () => {
  it('foretells what the next step of an optimizer in use does, and changes neither', async () => {
    const [model, ids] = [language(preLN()), tokens()];
    const rule = adam();
    const optimizer = new Optimizer(model.parameters(), rule);
    const loss = lossOf(model);
    const stepBy = (rate: number): void => {
      optimizer.prepare();
      const { loss: value, gradient } = lossAndGradient(optimizer.trained, () => loss(ids, {}));
      optimizer.step(gradient, rate);
      tf.dispose([value, gradient]);
    };
    for (let k = 0; k < 3; k++) stepBy(3e-3);
    const [state, weights] = [await optimizer.state(), await stateDict(model)];
    const { numTensors } = tf.memory();
    const found = await criticalRate(model, ids, { loss, rule, state });
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(await optimizer.state()).toEqual(state);
    expect(await stateDict(model)).toEqual(weights);
    const { rate, loss: foretold } = found.points[4]!;
    stepBy(rate);
    const now = tf.tidy(() => loss(ids, {}).dataSync()[0]!);
    expect(now).toBeCloseTo(foretold, 5);
    expect(now).toBeLessThan(found.loss - 1e-3);
    optimizer.dispose();
    ids.dispose();
    model.dispose();
  });

  it('is bounded by the change of the output, whose linear range it gives', async () => {
    const [model, ids] = [language(postLN()), tokens()];
    const [few, many] = [
      await criticalRate(model, ids, { loss: lossOf(model), change: 1e-4 }),
      await criticalRate(model, ids, { loss: lossOf(model), change: 4e-4 }),
    ];
    expect(few.bound).toBe('change');
    expect(few.rate).toBe(few.limits.change);
    // D goes as the square of the rate where the output moves in proportion to it.
    expect(many.rate!).toBeLessThan(few.linear[1]);
    expect(many.rate! / few.rate!).toBeCloseTo(2, 1);
    const [from, to] = few.linear;
    for (const { rate, change } of few.points.filter((point) => point.rate <= to)) {
      const straight = few.points[0]!.change * (rate / from) ** 2;
      expect(Math.sqrt(change / straight)).toBeGreaterThan(0.9);
      expect(Math.sqrt(change / straight)).toBeLessThan(1.1);
    }
    ids.dispose();
    model.dispose();
  });

  it('takes groups and what methods ask of training', async () => {
    const [model, ids] = [language(preLN()), tokens()];
    const loss = lossOf(model);
    const options = { loss, change: 1e-4 };
    const whole = await criticalRate(model, ids, options);
    const groups = [{ parameters: model.parameters(), rateFactor: 0.1 }];
    const tenth = await criticalRate(model, ids, { ...options, groups });
    expect(tenth.rate! / whole.rate!).toBeCloseTo(10, 1);
    model.dispose();
    for (const method of [completeP(), nGPT(), lipschitz()]) {
      const own = language(method, 1);
      const before = await stateDict(own);
      const found = await criticalRate(own, ids, { loss: lossOf(own), change: 1e-3 });
      expect(await stateDict(own)).toEqual(before);
      expect(found.rate).toBeGreaterThan(0);
      // The first point is where training goes, projections included.
      const rule = adam();
      const optimizer = new Optimizer(own.parameters(), rule, methodTraining(own, rule));
      optimizer.prepare();
      const { loss: value, gradient } = lossAndGradient(optimizer.trained, () => lossOf(own)(ids, {}));
      optimizer.step(gradient, found.points[3]!.rate);
      expect(tf.tidy(() => lossOf(own)(ids, {}).dataSync()[0]!)).toBeCloseTo(found.points[3]!.loss, 4);
      expect(value.dataSync()[0]!).toBeCloseTo(found.loss, 4);
      tf.dispose([value, gradient]);
      optimizer.dispose();
      own.dispose();
    }
    ids.dispose();
  });

  it('says what it does not take, and leaves weights and tensors as they were', async () => {
    const [model, ids] = [language(preLN(), 1), tokens()];
    const loss = lossOf(model);
    const before = await stateDict(model);
    const { numTensors } = tf.memory();
    const of = (options: object): Promise<unknown> =>
      criticalRate(model, ids, options as { loss: typeof loss });
    await expect(of({})).rejects.toThrow('loss');
    await expect(of({ loss, change: 0 })).rejects.toThrow('criticalRate() change: received 0');
    await expect(of({ loss, rules: adam() })).rejects.toThrow("did you mean 'rule'");
    await expect(of({ loss, state: { updates: 1 } })).rejects.toThrow('state');
    await expect(of({ loss, rule: radam({ warmStart: 'skip' }) })).rejects.toThrow(
      "by 'radam' moves nothing",
    );
    await expect(of({ loss: () => tf.scalar(1) })).rejects.toThrow('moves nothing');
    await expect(of({ loss: () => tf.tidy(() => tf.mul(loss(ids, {}), Number.NaN)) })).rejects.toThrow(
      'criticalRate() gradient',
    );
    const droppedOut = (batch: tf.Tensor2D, context: object): tf.Scalar =>
      loss(batch, { ...context, training: true });
    await expect(of({ loss: droppedOut })).rejects.toThrow('criticalRate() loss: dropout is on');
    await expect(of({ loss, groups: [{ parameters: [] }] })).rejects.toThrow('groups[0]');
    expect(tf.memory().numTensors).toBe(numTensors);
    expect(await stateDict(model)).toEqual(before);
    ids.dispose();
    model.dispose();
  });
});
