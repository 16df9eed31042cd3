import {
  centred,
  check,
  type JoinEvent,
  type LayerNorm,
  meanOverTokens,
  type NormSpec,
  type Probe,
  type Scale,
  type Stacked,
  SteadyformerError,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { measuredSite, notFinite, type ResidualSite, residualsOf } from './residuals';
import { realTokens } from './tokens';

/** Measured layer dependency of one stack. */
export interface MeasuredDependency {
  readonly paths: readonly string[];
  /** beta_{i,j} as `predict` gives it: row i - 1, column 0 the stack's input. Squares of a row sum to 1. */
  readonly beta: readonly (readonly number[])[];
  /** beta_{i,i} for i = 1 .. N. */
  readonly diagonal: readonly number[];
  /**
   * For each i, sum_j Var[c_j] / Var[sum_j c_j]: 1 where branches are uncorrelated, as the theory takes them.
   */
  readonly independence: readonly number[];
}

interface Row {
  /** Variance of every component, [i + 1]. */
  readonly parts: tf.Tensor1D;
  readonly whole: tf.Scalar;
}

interface Components {
  /** c_j: what a_j has become in the stream, centred per token. [B, T, D] each */
  stream: tf.Tensor3D[];
  /** The same when the block began, where a residual adds the block's input again. */
  block: tf.Tensor3D[];
  /** The block the stream is in, -1 before the first. */
  blockIndex: number;
  readonly rows: Row[];
}

/**
 * Measures layer dependency by following every branch's output through scales and norms (Liu et al. 2020, section
 * 4.1): c_j := gain (.) c_j (.) omega / deviation of the token, and beta_{i,j}^2 is the share of c_j's variance. A norm's
 * bias belongs to no branch and is left out. Dropout is off; pads are left out.
 *
 * Holds one activation [B, T, D] a branch, and takes time with the square of their number.
 *
 * @throws SteadyformerError on a model without residuals, and on a norm of the user's own after a sum
 */
export const dependency = async <Batch>(
  model: Stacked<Batch>,
  batch: Batch,
): Promise<Readonly<Record<string, MeasuredDependency>>> => {
  const sites = residualsOf(model, 'dependency()');
  for (const { path, subLayer } of sites.values()) checkNorm(path, subLayer.residual.after);
  const masks = await realTokens('dependency()', model, batch);
  const stacks = new Map<string, Components>();
  const probe: Probe = {
    join: (event) => {
      const site = measuredSite(sites, event, 'dependency()');
      const before = stacks.get(site.stackPath) ?? start(event, site);
      tf.tidy(() => {
        stacks.set(site.stackPath, advance(before, event, site, masks[site.stackPath]));
      });
    },
  };
  try {
    tf.tidy(() => {
      model.call(batch, { training: false, probe });
    });
    const found: Record<string, MeasuredDependency> = Object.create(null);
    for (const [stackPath, { rows }] of stacks) {
      const paths = [...sites.values()].filter((s) => s.stackPath === stackPath).map((s) => s.path);
      found[stackPath] = await readRows(paths, rows);
    }
    return found;
  } finally {
    for (const { stream, block, rows } of stacks.values()) {
      tf.dispose([stream, block, rows.map(({ parts, whole }) => [parts, whole])]);
    }
    tf.dispose(masks);
  }
};

/** Throws on a norm of the user's own: by what it multiplies a branch is not known. */
const checkNorm = (path: string, norm: NormSpec | undefined): void => {
  const next = 'A norm of your own may be measured with outputChange().';
  const known = typeof norm !== 'object';
  check(known, `dependency() norm after ${path}`, known || norm.name, "'layer', 'rms', 'scale'", next);
};

const start = ({ shortcut, path }: JoinEvent, { depth }: ResidualSite): Components => {
  if (depth !== 1) {
    throw new SteadyformerError(`dependency(): ${path} ran before the first residual of its stack`);
  }
  return { stream: [tf.keep(centred(shortcut))], block: [], blockIndex: -1, rows: [] };
};

/** The components behind one more residual. Frees those before it. */
const advance = (
  { stream, block, blockIndex, rows }: Components,
  { branch, sum, place }: JoinEvent,
  { subLayer }: ResidualSite,
  mask: tf.Tensor2D | undefined,
): Components => {
  const { residual, after } = subLayer;
  const startsBlock = place.block !== blockIndex;
  const entered = startsBlock ? stream : block;
  const omega = scaleOf(residual.shortcutScale, subLayer.omega?.value);
  const scaled = stream.map((component, j) => {
    const own = centred(tf.mul(component, omega));
    const again = residual.extraShortcut ? entered[j] : undefined;
    return again ? tf.add<tf.Tensor3D>(own, again) : own;
  });
  scaled.push(centred(branch));
  let factor: tf.Tensor | undefined;
  if (after) {
    const variance = tf.mean(tf.square(centred(sum)), 2, true);
    // All built-in norms have both, and there are no others here.
    const { epsilon, gain } = after as LayerNorm;
    factor = tf.mul(tf.rsqrt(tf.add(variance, epsilon)), gain.value); // [B, T, D]
  }
  const next = scaled.map((component) => tf.keep(factor ? centred(tf.mul(component, factor)) : component));
  const parts = next.map((component) => meanOverTokens(tf.mean(tf.square(component), 2), mask));
  const whole = meanOverTokens(tf.mean(tf.square(tf.addN(next)), 2), mask);
  rows.push({ parts: tf.keep(tf.stack(parts) as tf.Tensor1D), whole: tf.keep(whole) });
  // A block's first residual keeps what entered; later ones pass it on.
  if (startsBlock) tf.dispose(block);
  else tf.dispose(stream);
  return { stream: next, block: entered, blockIndex: place.block, rows };
};

const scaleOf = (scale: Scale, trained: tf.Tensor | undefined): number | tf.Tensor => {
  if (scale.kind === 'one') return 1;
  return scale.kind === 'constant' ? scale.value : trained!;
};

const readRows = async (paths: readonly string[], rows: readonly Row[]): Promise<MeasuredDependency> => {
  const beta: number[][] = [];
  const independence: number[] = [];
  for (const { parts, whole } of rows) {
    const variances = [...(await parts.data())];
    const total = variances.reduce((sum, v) => sum + v, 0);
    if (!Number.isFinite(total)) throw notFinite('dependency()', paths[beta.length]!, total);
    beta.push(variances.map((v) => Math.sqrt(v / total)));
    independence.push(total / (await whole.data())[0]!);
  }
  return { paths, beta, diagonal: beta.map((row) => row.at(-1)!), independence };
};
