import {
  admin,
  type Encoder,
  encoder,
  globalNorm,
  lossAndGradient,
  Optimizer,
  postLN,
  preLN,
  type ResidualMethod,
  radam,
  randomStream,
  selectBackend,
  sgd,
  softmaxCrossEntropy,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { dependency, type WatchOptions, type WatchReport, watch, zipfTokens } from '..';

beforeAll(async () => {
  await selectBackend('wasm');
});

const build = (method: ResidualMethod): Encoder =>
  encoder({ vocabulary: 60, method, depth: 2, width: 32, heads: 4 });

/** A few steps of plain gradient descent, watched. */
const train = async (
  model: Encoder,
  steps: number,
  learningRate: number,
  options: WatchOptions,
): Promise<WatchReport[]> => {
  const batch = zipfTokens({ sentences: 2, length: 8, vocabulary: 60 });
  // Norms fix the output's size, so that only its direction can learn.
  const direction = tf.tensor3d(randomStream(1).normal(2 * 8 * 32), [2, 8, 32]);
  const parameters = model.parameters();
  const optimizer = new Optimizer(parameters, sgd());
  const watcher = watch(model, options);
  const reports: WatchReport[] = [];
  for (let step = 1; step <= steps; step++) {
    const { loss, gradient } = lossAndGradient(parameters, () =>
      tf.mean<tf.Scalar>(tf.mul(model.call(batch, watcher.context(step)), direction)),
    );
    const norm = globalNorm(gradient);
    const gradientNorm = (await norm.data())[0]!;
    const told = { loss: (await loss.data())[0]!, gradientNorm };
    watcher.before(step);
    optimizer.step(gradient, learningRate);
    const report = await watcher.after(step, told);
    if (report) reports.push(report);
    tf.dispose([loss, gradient, norm]);
  }
  optimizer.dispose();
  watcher.dispose();
  tf.dispose([batch, direction]);
  return reports;
};

describe('watch', () => {
  it('reports every k steps and leaves no tensor', async () => {
    const model = build(admin());
    const before = tf.memory().numTensors;
    const reports = await train(model, 6, 0.01, { every: 3 });
    expect(tf.memory().numTensors).toBe(before);
    expect(reports.map(({ step }) => step)).toEqual([3, 6]);
    expect(reports[0]!.branches.map(({ path }) => path)).toEqual(
      model.encoder.subLayers().map(({ path }) => `encoder.${path}`),
    );
    expect(reports[0]!.branches[0]!.omegaDrift).toBe(1);
    expect(reports[1]!.branches[0]!.omegaDrift).not.toBe(1);
    expect(reports[0]!.gradientNorm).toBeGreaterThan(0);
    expect(reports[0]!.attentions.map(({ path }) => path)).toEqual(
      [0, 1].map((block) => `encoder.layers.${block}.selfAttention`),
    );
    expect(reports[0]!.matrices.map(({ path }) => path)).toEqual(
      model.parameters().flatMap(({ path, parameter }) => (parameter.shape.length > 1 ? [path] : [])),
    );
    expect(reports[0]!.matrices[0]!.stableRankDrift).toBe(1);
    expect(reports[1]!.matrices[0]!.stableRankDrift).not.toBe(1);
    expect(reports[1]!.spikeScores).toEqual({});
    expect(reports[0]!.warnings).toEqual([]);
    model.dispose();
  });

  it('sees the ratios there are', async () => {
    const model = build(postLN());
    const batch = zipfTokens({ sentences: 2, length: 8, vocabulary: 60 });
    const { encoder } = await dependency(model, batch);
    const [report] = await train(model, 1, 0, { every: 1 });
    for (const [i, { beta, ratio }] of report!.branches.entries()) {
      expect(Math.abs(beta / encoder!.diagonal[i]! - 1)).toBeLessThan(0.1);
      expect(ratio ** 2 / (1 + ratio ** 2)).toBeCloseTo(beta ** 2, 6);
    }
    expect(report!.updates.every(({ ratio }) => ratio === 0)).toBe(true);
    expect(report!.outputChange).toEqual({ encoder: 0 });
    // Xavier's matrices are even, and attention is nearly so at the start.
    for (const { stableRank } of report!.matrices) {
      expect(stableRank).toBeGreaterThan(4);
      expect(stableRank).toBeLessThan(32);
    }
    for (const { entropy, relativeEntropy, largestLogit } of report!.attentions) {
      expect(relativeEntropy).toBeCloseTo(entropy / Math.log(8), 6);
      expect(relativeEntropy).toBeGreaterThan(0.9);
      expect(Math.abs(largestLogit)).toBeLessThan(4);
    }
    for (const { tokenCorrelation, kurtosis, outlierFeatures } of report!.branches) {
      expect(Math.abs(tokenCorrelation)).toBeLessThan(0.8);
      expect(kurtosis).toBeGreaterThan(1);
      expect(outlierFeatures).toBeGreaterThan(1);
    }
    batch.dispose();
    model.dispose();
  });

  it('warns of updates too large, with path and remedy', async () => {
    const model = build(preLN());
    const [report] = await train(model, 1, 50, { every: 1 });
    const warning = report!.warnings.find(({ kind }) => kind === 'updateRatio')!;
    expect(warning.path).toMatch(/^(encoder\.layers|embedding)/);
    expect(warning.message).toContain('lower the learning rate or lengthen the warm-up');
    expect(report!.warnings.find(({ kind }) => kind === 'outputChange')!.path).toBe('encoder');
    model.dispose();
  });

  it('takes thresholds, and warns of spikes and shrinking omegas', async () => {
    const model = build(admin());
    const reports = await train(model, 2, 0.01, {
      every: 1,
      thresholds: { gradientSpike: 0.1, omegaDrift: 2, branchRatio: 0.01 },
    });
    expect(reports[1]!.warnings.map(({ kind }) => kind).sort()).toEqual([
      'branchRatio',
      'gradientSpike',
      'omegaDrift',
    ]);
    model.dispose();
  });

  it('holds gradient and loss against the steps before, those between looks included', async () => {
    const model = build(postLN());
    const options: WatchOptions = { every: 20, thresholds: { gradientSpike: 5, spikeScore: 0.1 } };
    const watcher = watch(model, options);
    const batch = zipfTokens({ sentences: 1, length: 4, vocabulary: 60 });
    let report: WatchReport | undefined;
    for (let step = 1; step <= 20; step++) {
      tf.dispose(model.call(batch, watcher.context(step)));
      watcher.before(step);
      const loss = step === 18 ? Number.NaN : 2 + 0.01 * (step % 3);
      report = await watcher.after(step, { loss, gradientNorm: step === 20 ? 9 : 1 + 0.01 * (step % 2) });
    }
    expect(report!.spikeScores).toEqual({ loss: 1 / 4, gradientNorm: 1 / 4 });
    expect(report!.gradientSpike).toBeCloseTo(9 / 1.01, 6);
    expect(report!.warnings.map(({ kind, path }) => [kind, path])).toEqual([
      ['gradientSpike', ''],
      ['spikeScore', 'loss'],
    ]);
    batch.dispose();
    watcher.dispose();
    model.dispose();
  });

  it('warns of every signal at the side where it is worse, with the worst place', async () => {
    const model = build(preLN());
    const thresholds = {
      ...{ updateRatio: 1e-9, branchRatio: 1e-9, outputChange: 1e-12, tokenCorrelation: 1e-9 },
      ...{ attentionLogit: 1e-9, kurtosis: 1e-9, outlierFeatures: 1e-9 },
      ...{ attentionEntropy: 9, stableRankDrift: 9 },
    };
    const [report] = await train(model, 1, 1, { every: 1, thresholds });
    const of = (kind: string) => report!.warnings.find((each) => each.kind === kind)!.value;
    expect(report!.warnings.map(({ kind }) => kind).sort()).toEqual(Object.keys(thresholds).sort());
    const { branches, attentions } = report!;
    expect(of('tokenCorrelation')).toBe(Math.max(...branches.map((each) => each.tokenCorrelation)));
    expect(of('kurtosis')).toBe(Math.max(...branches.map((each) => each.kurtosis)));
    expect(of('attentionEntropy')).toBe(Math.min(...attentions.map((each) => each.relativeEntropy!)));
    expect(of('attentionLogit')).toBe(Math.max(...attentions.map((each) => each.largestLogit)));
    for (const { path, message } of report!.warnings) expect(message).toContain(path);
    model.dispose();
  });

  it('reports the branches that stochastic depth kept, none of them included', async () => {
    const skipping = { rate: 0.9, rule: 'constant' } as const;
    const sizes = { vocabulary: 60, method: admin(), depth: 1, width: 8, heads: 2 };
    const model = encoder({ ...sizes, stochasticDepth: skipping });
    const ids = zipfTokens({ sentences: 1, length: 4, vocabulary: 60 });
    const watcher = watch(model, { every: 1 });
    const counts: number[] = [];
    for (let step = 1; step <= 20; step++) {
      const context = { training: true, random: randomStream(1).fork(step), ...watcher.context(step) };
      model.call(ids, context).dispose();
      watcher.before(step);
      const report = (await watcher.after(step))!;
      expect(report.attentions.map(({ path }) => path)).toEqual(
        report.branches.map(({ path }) => path).filter((path) => path.endsWith('Attention')),
      );
      counts.push(report.branches.length);
    }
    expect(new Set(counts)).toEqual(new Set([0, 1]));
    watcher.dispose();
    ids.dispose();
    model.dispose();
  });

  it('says what was forgotten', async () => {
    const model = build(postLN());
    expect(() => watch(model, { evry: 5 } as never)).toThrow("did you mean 'every'");
    const watcher = watch(model, { every: 1 });
    await expect(watcher.after(1)).rejects.toThrow('after(1) without before(1)');
    watcher.before(1);
    await expect(watcher.after(1)).rejects.toThrow('spread watcher.context(step)');
    watcher.dispose();
    model.dispose();
  });
});

/** A watched step against the unwatched one beside it, in processor time: every second step is watched. */
it.runIf(process.env.STEADYFORMER_LONG === '1')(
  'costs less than 3 % of the time of 50 steps',
  {
    timeout: 1_200_000,
  },
  async () => {
    await selectBackend();
    const model = encoder({ vocabulary: 8000, method: admin(), depth: 12, width: 256, heads: 4 });
    const batch = zipfTokens({ sentences: 32, length: 32, vocabulary: 8000 });
    const parameters = model.parameters();
    const optimizer = new Optimizer(parameters, radam());
    const watcher = watch(model, { every: 2 });
    const times: [number[], number[]] = [[], []];
    for (let step = 1; step <= 30; step++) {
      const from = process.cpuUsage();
      const { loss, gradient } = lossAndGradient(parameters, () => {
        const logits = model.logits(tf.reshape(model.call(batch, watcher.context(step)), [-1, 256]));
        const labels = tf.reshape<tf.Rank.R1>(batch, [-1]);
        return tf.mean<tf.Scalar>(softmaxCrossEntropy(logits as tf.Tensor2D, labels, 0.1).loss);
      });
      watcher.before(step);
      optimizer.step(gradient, 1e-4);
      await watcher.after(step);
      await loss.data();
      tf.dispose([loss, gradient]);
      const { user, system } = process.cpuUsage(from);
      if (step > 4) times[step % 2 === 0 ? 1 : 0].push(user + system);
    }
    const median = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1]!;
    const [plain, watched] = [median(times[0]), median(times[1])];
    const share = (watched - plain) / plain / 50;
    console.log(
      `plain ${plain / 1000} ms, watched ${watched / 1000} ms: ${(100 * share).toFixed(2)} % at k = 50`,
    );
    expect(share).toBeLessThan(0.03);
    watcher.dispose();
    optimizer.dispose();
    model.dispose();
    batch.dispose();
  },
);
