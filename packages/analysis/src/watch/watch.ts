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
import { BranchStatistics } from './branchStatistics';
import type { WatchedBranch, WatchReport } from './report';
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

/**
 * Watches a training loop, every so many steps. In each step:
 *
 *     loss(batch, { ...context, ...watcher.context(step) });
 *     watcher.before(step);
 *     optimizer.step(...);
 *     const report = await watcher.after(step, { gradientNorm });
 */
export class Watcher {
  private readonly sites: ReadonlyMap<string, ResidualSite>;
  private readonly statistics: BranchStatistics;
  private readonly matrices: readonly NamedParameter[];
  private readonly every: number;
  private readonly thresholds: WatchThresholds;
  private readonly firstOmega = new Map<string, number>();
  private readonly gradientNorms: number[] = [];
  private copies: { readonly step: number; readonly weights: readonly tf.Tensor[] } | undefined;

  constructor(model: Pick<Stacked<unknown>, 'stacks' | 'parameters'>, options: WatchOptions = {}) {
    const { every, thresholds } = parseAs(optionsSchema(), options, 'watch()');
    this.every = every;
    this.thresholds = thresholds;
    this.sites = residualsOf(model, 'watch()');
    this.statistics = new BranchStatistics(this.sites);
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

  /** Call after the update. Resolves to a report in a watched step. */
  async after(step: number, seen: { readonly gradientNorm?: number } = {}): Promise<WatchReport | undefined> {
    if (!this.isDue(step)) return undefined;
    const { copies } = this;
    if (copies?.step !== step) {
      throw new SteadyformerError(
        `watch(): after(${step}) without before(${step}); call both around the update`,
      );
    }
    const ratios = tf.tidy(() =>
      tf.stack(copies.weights.map((old, i) => updateRatio(old, this.matrices[i]!))),
    );
    this.forget();
    const values = await ratios.data();
    ratios.dispose();
    const updates = this.matrices.map(({ path }, i) => ({ path, ratio: values[i]! }));
    const branches = this.branches(await this.statistics.read());
    const { gradientNorm } = seen;
    const report = {
      step,
      branches,
      updates,
      ...(gradientNorm === undefined ? {} : { gradientNorm }),
      outputChange: this.estimate(branches, updates),
    };
    const warnings = warningsOf(report, median(this.gradientNorms), this.thresholds);
    if (gradientNorm !== undefined && Number.isFinite(gradientNorm)) this.gradientNorms.push(gradientNorm);
    return { ...report, warnings };
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

  private branches(numbers: ReadonlyMap<string, readonly [number, number, number]>): WatchedBranch[] {
    const mayRest = [...this.sites.values()].some(({ subLayer }) => subLayer.skipRate > 0);
    if (numbers.size === 0 && !mayRest) {
      throw new SteadyformerError(
        'watch(): no residual ran in this step; spread watcher.context(step) into the context of the forward call',
      );
    }
    return [...numbers].map(([path, [shortcut, branch, square]]) => {
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

const updateRatio = (old: tf.Tensor, { parameter }: NamedParameter): tf.Tensor =>
  tf.div(norm(tf.sub(parameter.value, old)), tf.maximum(norm(old), 1e-30));

/** L2. `tf.norm` raises to a power what need only be squared, which takes many times as long. */
const norm = (x: tf.Tensor): tf.Tensor => tf.sqrt(tf.sum(tf.square(x)));

const median = (values: readonly number[]): number | undefined => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
};
