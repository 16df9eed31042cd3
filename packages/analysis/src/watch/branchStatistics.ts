import { type JoinEvent, type Probe, tokenVariance } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { type ResidualSite, siteAt } from '../measure/residuals';

/** Three variances of each residual, kept on the backend until read. */
export class BranchStatistics {
  private readonly kept = new Map<string, tf.Tensor1D>();

  /** The probe that collects; of several forward calls it takes the first. */
  readonly probe: Probe = {
    join: (event) => {
      if (this.kept.has(event.path)) return;
      tf.tidy(() => {
        this.kept.set(event.path, tf.keep(variances(event, siteAt(this.sites, event.path))));
      });
    },
  };

  constructor(private readonly sites: ReadonlyMap<string, ResidualSite>) {}

  /** [Var of the scaled shortcut, Var of the branch, mean omega^2] by path, frees what was kept. */
  async read(): Promise<Map<string, readonly [number, number, number]>> {
    const entries = [...this.kept];
    const numbers = await Promise.all(
      entries.map(async ([path, tensor]) => {
        const [shortcut, branch, omega] = await tensor.data();
        return [path, [shortcut!, branch!, omega!]] as const;
      }),
    );
    this.dispose();
    return new Map(numbers);
  }

  dispose(): void {
    tf.dispose([...this.kept.values()]);
    this.kept.clear();
  }
}

const variances = ({ shortcut, branch }: JoinEvent, { subLayer }: ResidualSite): tf.Tensor1D => {
  const { shortcutScale } = subLayer.residual;
  const fixed = shortcutScale.kind === 'constant' ? shortcutScale.value : 1;
  const omega = subLayer.omega?.value ?? tf.scalar(fixed);
  return tf.stack([
    tokenVariance(tf.mul(shortcut, omega)),
    tokenVariance(branch),
    tf.mean(tf.square(omega)),
  ]) as tf.Tensor1D;
};
