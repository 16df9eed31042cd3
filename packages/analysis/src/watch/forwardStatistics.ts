import { type AttentionEvent, type JoinEvent, type Probe, tokenVariance } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { type ResidualSite, siteAt } from '../measure/residuals';
import { attentionStatistics } from './attentionStatistics';
import { realTokensIn } from './realTokens';
import { streamStatistics } from './streamStatistics';

/** What was read of each residual and attention, by path. */
export interface ForwardNumbers {
  /** Var of the scaled shortcut, Var of the branch, mean omega^2, and those of `streamStatistics`. */
  readonly branches: ReadonlyMap<string, readonly number[]>;
  /** Those of `attentionStatistics`. */
  readonly attentions: ReadonlyMap<string, readonly number[]>;
}

/** Numbers of each residual and attention of a forward call, kept on the backend until read. */
export class ForwardStatistics {
  private readonly branches = new Map<string, tf.Tensor1D>();
  private readonly attentions = new Map<string, tf.Tensor1D>();

  /** The probe that collects; of several forward calls it takes the first. */
  readonly probe: Probe = {
    join: (event) =>
      keepFirst(this.branches, event, () => branchStatistics(event, siteAt(this.sites, event.path))),
    attention: (event) => keepFirst(this.attentions, event, () => attentionStatistics(event)),
  };

  constructor(private readonly sites: ReadonlyMap<string, ResidualSite>) {}

  /** Reads all and frees what was kept. */
  async read(): Promise<ForwardNumbers> {
    const [branches, attentions] = await Promise.all([numbersOf(this.branches), numbersOf(this.attentions)]);
    this.dispose();
    return { branches, attentions };
  }

  dispose(): void {
    for (const kept of [this.branches, this.attentions]) {
      tf.dispose([...kept.values()]);
      kept.clear();
    }
  }
}

const keepFirst = (
  kept: Map<string, tf.Tensor1D>,
  { path }: JoinEvent | AttentionEvent,
  measure: () => tf.Tensor1D,
): void => {
  if (!kept.has(path)) kept.set(path, tf.keep(tf.tidy(measure)));
};

const numbersOf = async (kept: ReadonlyMap<string, tf.Tensor1D>): Promise<Map<string, readonly number[]>> =>
  new Map(
    await Promise.all([...kept].map(async ([path, tensor]) => [path, [...(await tensor.data())]] as const)),
  );

const branchStatistics = (
  { shortcut, branch, output, context }: JoinEvent,
  { subLayer }: ResidualSite,
): tf.Tensor1D => {
  const { shortcutScale } = subLayer.residual;
  const fixed = shortcutScale.kind === 'constant' ? shortcutScale.value : 1;
  const omega = subLayer.omega?.value ?? tf.scalar(fixed);
  const real = realTokensIn(context, shortcut.shape);
  const variances = tf.stack([
    tokenVariance(tf.mul(shortcut, omega), real),
    tokenVariance(branch, real),
    tf.mean(tf.square(omega)),
  ]);
  return tf.concat([variances as tf.Tensor1D, streamStatistics(output, real)]);
};
