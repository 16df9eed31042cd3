import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { distance, floats, integers, onCpu, runKernel } from '../testing';

const losses = (logits: tf.Tensor, labels: tf.Tensor, smoothing: number): tf.Tensor[] => {
  const vocabulary = logits.shape[1]!;
  const normaliser = tf.logSumExp(logits, 1);
  const own = tf.sum(tf.mul(logits, tf.oneHot(labels as tf.Tensor1D, vocabulary)), 1);
  const nll = tf.sub(normaliser, own);
  const uniform = tf.sub(normaliser, tf.mean(logits, 1));
  return [tf.add(tf.mul(1 - smoothing, nll), tf.mul(smoothing, uniform)), nll, normaliser];
};

describe.each([
  [1, 2, 0],
  [7, 11, 0.1],
  [130, 3000, 0.1],
])('SteadySoftmaxCrossEntropy, %i rows of %i, smoothing %f', (rows, vocabulary, smoothing) => {
  const base = floats([rows, vocabulary], 1);
  const logits = { ...base, values: base.values.map((x) => 6 * x) };
  const labels = integers([rows], vocabulary, 2);

  it('agrees with plain ops', async () => {
    const expected = await onCpu({ logits, labels }, (t) => losses(t.logits!, t.labels!, smoothing));
    const received = await runKernel('SteadySoftmaxCrossEntropy', { logits, labels }, { smoothing });
    for (const [i, plain] of expected.entries()) expect(distance(received[i]!, plain)).toBeLessThan(2e-6);
  });

  for (const sign of ['positive', 'mixed', 'some zero'] as const) {
    it(`has tfjs's gradient: ${sign}`, async () => {
      const weights = floats([rows], 3);
      const dLoss = {
        ...weights,
        values: weights.values.map((x, i) =>
          sign === 'mixed' ? x : sign === 'positive' ? Math.abs(x) : i % 2 === 0 ? 0 : Math.abs(x),
        ),
      };
      const expected = await onCpu({ logits, labels, dLoss }, (t) => [
        tf.grad((x) => losses(x, t.labels!, smoothing)[0]!)(t.logits!, t.dLoss!),
      ]);
      const [, , logNormaliser] = await runKernel(
        'SteadySoftmaxCrossEntropy',
        { logits, labels },
        { smoothing },
      );
      const received = await runKernel(
        'SteadySoftmaxCrossEntropyGrad',
        { dLoss, logits, labels, logNormaliser: logNormaliser! },
        { smoothing },
      );
      expect(distance(received[0]!, expected[0]!)).toBeLessThan(5e-6);
    });
  }
});

describe('SteadySoftmaxCrossEntropy at the edges', () => {
  it('refuses a label outside the vocabulary', async () => {
    const inputs = { logits: floats([1, 3]), labels: { ...integers([1], 1), values: [3] } };
    await expect(runKernel('SteadySoftmaxCrossEntropy', inputs, { smoothing: 0 })).rejects.toThrow(
      /labels\[0\].*3/,
    );
  });

  // PyTorch's cross_entropy of the same logits, and its gradient.
  it('is no NaN where a logit is -Infinity', async () => {
    const logits = { ...floats([2, 4]), values: [-Infinity, 0, 1, 2, -Infinity, 0, 1, 2] };
    const labels = { ...integers([2], 1), values: [3, 0] };
    const [loss, nll, logNormaliser] = await runKernel(
      'SteadySoftmaxCrossEntropy',
      { logits, labels },
      { smoothing: 0 },
    );
    expect(loss!.values[0]).toBeCloseTo(0.40760596, 6);
    expect(nll!.values[0]).toBeCloseTo(0.40760596, 6);
    expect(loss!.values[1]).toBe(Infinity);
    const [smoothed] = await runKernel('SteadySoftmaxCrossEntropy', { logits, labels }, { smoothing: 0.1 });
    expect(smoothed!.values).toEqual([Infinity, Infinity]);
    for (const sign of [1, -1]) {
      const dLoss = { ...floats([2]), values: [sign, sign] };
      const [gradient] = await runKernel(
        'SteadySoftmaxCrossEntropyGrad',
        { dLoss, logits, labels, logNormaliser: logNormaliser! },
        { smoothing: 0 },
      );
      const expected = [0, 0.09003057, 0.24472848, -0.33475906, -1, 0.09003057, 0.24472848, 0.66524094];
      for (const [i, value] of expected.entries()) expect(gradient!.values[i]).toBeCloseTo(sign * value, 6);
    }
  });

  it.each([1, -1])('gives no gradient to a row without weight, whatever it holds: %d', async (sign) => {
    const logits = { ...floats([4, 2]), values: [0, 0, NaN, 1, Infinity, 1, -Infinity, -Infinity] };
    const labels = { ...integers([4], 1), values: [0, 0, 1, 0] };
    const [, , logNormaliser] = await runKernel(
      'SteadySoftmaxCrossEntropy',
      { logits, labels },
      { smoothing: 0.1 },
    );
    const dLoss = { ...floats([4]), values: [sign, 0, 0, 0] };
    const [gradient] = await runKernel(
      'SteadySoftmaxCrossEntropyGrad',
      { dLoss, logits, labels, logNormaliser: logNormaliser! },
      { smoothing: 0.1 },
    );
    expect(gradient!.values[0]).toBeCloseTo(-0.45 * sign, 6);
    expect(gradient!.values.slice(2)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('stays finite for large logits', async () => {
    const logits = { ...floats([1, 3]), values: [1e4, -1e4, 9999] };
    const labels = { ...integers([1], 1), values: [1] };
    const [loss] = await runKernel('SteadySoftmaxCrossEntropy', { logits, labels }, { smoothing: 0 });
    expect(loss!.values[0]).toBeCloseTo(20000.3, 0);
  });
});
