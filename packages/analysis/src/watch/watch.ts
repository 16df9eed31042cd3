import {
  type Context,
  fields,
  type NamedParameter,
  parseAs,
  type Stacked,
  SteadyformerError,
  whole,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import * as v from 'valibot';
import { isMatrix } from '../measure/perturb';
import { type ResidualSite, residualsOf } from '../measure/residuals';
import { type ForwardNumbers, ForwardStatistics } from './forwardStatistics';
import type { WatchedAttention, WatchedBranch, WatchedMatrix, WatchReport } from './report';
import { SingularValues } from './singularValues';
import { SpikeScore } from './spikeScore';
import { thresholdsSchema, type WatchThresholds } from './thresholds';
import { warningsOf } from './warnings';

/** Options of `watch`. */
export interface WatchOptions {
  /** Steps between reports. Default 50. */
  readonly every?: number;
  /** Where warnings begin. */
  readonly thresholds?: Partial<WatchThresholds>;
}

const optionsSchema = () =>
  fields({
    every: v.optional(whole(), 50),
    thresholds: v.optional(thresholdsSchema(), {}),
  });

/** What a watcher is told of a step. */
export interface SeenStep {
  readonly loss?: number;
  readonly gradientNorm?: number;
}

/**
 * Watches a training loop, every so many steps. In each step:
 *
 *     loss(batch, { ...context, ...watcher.context(step) });
 *     watcher.before(step);
 *     optimizer.step(...);
 *     const report = await watcher.after(step, { loss, gradientNorm });
 */
export class Watcher {
  private readonly sites: ReadonlyMap<string, ResidualSite>;
  private readonly statistics: ForwardStatistics;
  private readonly matrices: readonly NamedParameter[];
  private readonly every: number;
  private readonly thresholds: WatchThresholds;
  private readonly firstOmega = new Map<string, number>();
  private readonly firstRank = new Map<string, number>();
  private readonly singularValues = new SingularValues();
  private readonly spikes = { loss: new SpikeScore(), gradientNorm: new SpikeScore() };
  private copies: { readonly step: number; readonly weights: readonly tf.Tensor[] } | undefined;

  constructor(model: Pick<Stacked<unknown>, 'stacks' | 'parameters'>, options: WatchOptions = {}) {
    const { every, thresholds } = parseAs(optionsSchema(), options, 'watch()');
    this.every = every;
    this.thresholds = thresholds;
    this.sites = residualsOf(model, 'watch()');
    this.statistics = new ForwardStatistics(this.sites);
    this.matrices = model.parameters().filter(isMatrix);
  }

  /** Whether this step is watched. */
  isDue(step: number): boolean {
    return step % this.every === 0;
  }

  /** What the forward call of a watched step needs; nothing in other steps. */
  context(step: number): Pick<Context, 'probe'> {
    return this.isDue(step) ? { probe: this.statistics.probe } : {};
  }

  /** Call just before the update. Copies the weight matrices of a watched step, since updates may be in place. */
  before(step: number): void {
    if (!this.isDue(step)) return;
    this.forget();
    const weights = this.matrices.map(({ parameter }) => tf.keep(tf.tidy(() => tf.add(parameter.value, 0))));
    this.copies = { step, weights };
  }

  /**
   * Call after the update, with the step's loss and gradient norm for what is held against the steps before. Resolves to a
   * report in a watched step.
   */
  async after(step: number, seen: SeenStep = {}): Promise<WatchReport | undefined> {
    const median = this.spikes.gradientNorm.median;
    for (const name of ['loss', 'gradientNorm'] as const) {
      const value = seen[name];
      if (value !== undefined) this.spikes[name].add(value);
    }
    if (!this.isDue(step)) return undefined;
    const { copies } = this;
    if (copies?.step !== step) {
      throw new SteadyformerError(
        `watch(): after(${step}) without before(${step}); call both around the update`,
      );
    }
    const [updates, matrices] = await this.weights(copies.weights);
    this.forget();
    const numbers = await this.statistics.read();
    const branches = this.branches(numbers.branches);
    const { gradientNorm } = seen;
    const report = {
      step,
      branches,
      attentions: attentionsOf(numbers.attentions),
      matrices,
      updates,
      ...(gradientNorm === undefined ? {} : { gradientNorm }),
      ...(gradientNorm === undefined || !median ? {} : { gradientSpike: gradientNorm / median }),
      outputChange: this.estimate(branches, updates),
      spikeScores: this.spikeScores(),
    };
    return { ...report, warnings: warningsOf(report, this.thresholds) };
  }

  /** Frees what an unfinished step has kept. */
  dispose(): void {
    this.forget();
    this.statistics.dispose();
  }

  private forget(): void {
    if (this.copies) tf.dispose([...this.copies.weights]);
    this.copies = undefined;
  }

  /** What the update did to the weights, and what they were before it. */
  private async weights(old: readonly tf.Tensor[]): Promise<[WatchReport['updates'], WatchedMatrix[]]> {
    const sizes = tf.tidy(() =>
      tf.stack(
        old.flatMap((weight, i) => [norm(weight), norm(tf.sub(this.matrices[i]!.parameter.value, weight))]),
      ),
    );
    const named = this.matrices.map(({ path }, i) => ({ path, value: old[i]! }));
    const [values, largest] = await Promise.all([sizes.data(), this.singularValues.read(named)]);
    sizes.dispose();
    const updates = named.map(({ path }, i) => ({
      path,
      ratio: values[2 * i + 1]! / Math.max(values[2 * i]!, 1e-30),
    }));
    const matrices = named.flatMap(({ path }, i) => {
      const stableRank = (values[2 * i]! / largest[i]!) ** 2;
      if (!Number.isFinite(stableRank)) return [];
      const first = this.firstRank.get(path) ?? stableRank;
      this.firstRank.set(path, first);
      return [{ path, stableRank, stableRankDrift: stableRank / first }];
    });
    return [updates, matrices];
  }

  private spikeScores(): WatchReport['spikeScores'] {
    const { loss, gradientNorm } = this.spikes;
    return {
      ...(loss.share === undefined ? {} : { loss: loss.share }),
      ...(gradientNorm.share === undefined ? {} : { gradientNorm: gradientNorm.share }),
    };
  }

  private branches(numbers: ForwardNumbers['branches']): WatchedBranch[] {
    const mayRest = [...this.sites.values()].some(({ subLayer }) => subLayer.skipRate > 0);
    if (numbers.size === 0 && !mayRest) {
      throw new SteadyformerError(
        'watch(): no residual ran in this step; spread watcher.context(step) into the context of the forward call',
      );
    }
    return [...numbers].map(([path, values]) => {
      const [shortcut, branch, square, tokenCorrelation, kurtosis, outlierFeatures] = values as Six;
      const omega = Math.sqrt(square);
      const first = this.firstOmega.get(path) ?? omega;
      this.firstOmega.set(path, first);
      const trained = this.sites.get(path)!.subLayer.omega !== undefined;
      return {
        path,
        ratio: Math.sqrt(branch / shortcut),
        beta: Math.sqrt(branch / (shortcut + branch)),
        omega,
        ...(trained ? { omegaDrift: omega / first } : {}),
        ...{ tokenCorrelation, kurtosis, outlierFeatures },
      };
    });
  }

  private estimate(
    branches: readonly WatchedBranch[],
    updates: WatchReport['updates'],
  ): Record<string, number> {
    const sums: Record<string, number> = Object.create(null);
    for (const { path, beta } of branches) {
      const { stackPath } = this.sites.get(path)!;
      const own = updates.filter((update) => update.path.startsWith(`${path}.branch.`));
      const change = own.reduce((sum, { ratio }) => sum + ratio ** 2, 0);
      sums[stackPath] = (sums[stackPath] ?? 0) + beta ** 2 * change;
    }
    return sums;
  }
}

/** A watcher of a model's training. */
export const watch = (
  model: Pick<Stacked<unknown>, 'stacks' | 'parameters'>,
  options: WatchOptions = {},
): Watcher => new Watcher(model, options);

type Six = readonly [number, number, number, number, number, number];

const attentionsOf = (numbers: ForwardNumbers['attentions']): WatchedAttention[] =>
  [...numbers].map(([path, values]) => {
    const [entropy, even, largestLogit] = values as [number, number, number];
    return { path, entropy, ...(even > 0 ? { relativeEntropy: entropy / even } : {}), largestLogit };
  });

/** L2. `tf.norm` raises to a power what need only be squared, which takes many times as long. */
const norm = (x: tf.Tensor): tf.Tensor => tf.sqrt(tf.sum(tf.square(x)));
