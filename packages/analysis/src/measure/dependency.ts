import {
  centred,
  check,
  type JoinEvent,
  type LayerNorm,
  meanOverTokens,
  type Norm,
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
  /** c_j of every stream: what a_j has become in it, centred per token. [B, T, D] each */
  streams: readonly tf.Tensor3D[][];
  readonly rows: Row[];
}

/**
 * Measures layer dependency by following every branch's output through scales and norms (Liu et al. 2020, section
 * 4.1): c_j := gain (.) c_j (.) omega / deviation of the token, and beta_{i,j}^2 is the share of c_j's variance. A norm's
 * bias belongs to no branch and is left out. Dropout is off; pads are left out. Of several streams x_i is what would leave
 * the stack behind residual i.
 *
 * Holds one activation [B, T, D] a branch and stream, and takes time with the square of their number.
 *
 * @throws SteadyformerError on a model without residuals, and on a norm of the user's own after a sum
 */
export const dependency = async <Batch>(
  model: Stacked<Batch>,
  batch: Batch,
): Promise<Readonly<Record<string, MeasuredDependency>>> => {
  const sites = residualsOf(model, 'dependency()');
  for (const { path, subLayer, stack } of sites.values()) {
    const { after, streams } = subLayer.residual;
    const others = [streams?.after, streams?.carryNorms, stack.leaveSpec?.norms];
    for (const norm of [after, ...others.flatMap((norms) => norms ?? [])]) checkNorm(path, norm);
  }
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
    for (const { streams, rows } of stacks.values()) {
      tf.dispose([streams.flat(), rows.map(({ parts, whole }) => [parts, whole])]);
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

const start = ({ shortcut, path, wires }: JoinEvent, { depth }: ResidualSite): Components => {
  if (depth !== 1) {
    throw new SteadyformerError(`dependency(): ${path} ran before the first residual of its stack`);
  }
  const streams = (wires?.before ?? [shortcut]).map((stream) => [tf.keep(centred(stream))]);
  return { streams, rows: [] };
};

/** What a norm multiplies a token by, [B, T, D]. All built-in norms have both, and there are no others here. */
const factorOf = (norm: Norm, x: tf.Tensor3D): tf.Tensor => {
  const { epsilon, gain } = norm as LayerNorm;
  const variance = tf.mean(tf.square(centred(x)), 2, true);
  return tf.mul(tf.rsqrt(tf.add(variance, epsilon)), gain.value);
};

/** Components of a stream behind a norm, if there is one. */
const behindNorm = (
  components: readonly tf.Tensor3D[],
  norm: Norm | undefined,
  x: tf.Tensor3D,
): readonly tf.Tensor3D[] => {
  if (!norm) return components;
  const factor = factorOf(norm, x);
  return components.map((component) => centred(tf.mul<tf.Tensor3D>(component, factor)));
};

const times = (component: tf.Tensor3D, weight: number | tf.Tensor): tf.Tensor3D =>
  weight === 1 ? component : tf.mul(component, weight);

/** Sums of components, one by one, each stream with its weight. */
const mixed = (
  streams: readonly (readonly tf.Tensor3D[])[],
  weights: readonly (number | tf.Tensor)[],
): tf.Tensor3D[] =>
  streams[0]!.map((_, j) => {
    const terms = streams.flatMap((components, k) =>
      weights[k] === 0 ? [] : [times(components[j]!, weights[k]!)],
    );
    return terms.length > 0 ? tf.addN(terms) : tf.zerosLike(streams[0]![j]!);
  });

/** The weights by which one stream goes on. */
const ONE_STREAM = { carry: [[1]], write: [1] };

/** The components behind one more residual. Frees those before it. */
const advance = (
  { streams, rows }: Components,
  { branch, sum, output, wires }: JoinEvent,
  { subLayer, stack }: ResidualSite,
  mask: tf.Tensor2D | undefined,
): Components => {
  const { residual, after } = subLayer;
  const omega = scaleOf(residual.shortcutScale, subLayer.omega?.value);
  const { carry, write } = wires ?? ONE_STREAM;
  const carried = streams.map((components, j) =>
    behindNorm(components, subLayer.wires?.carryNorms[j], wires?.before[j] ?? sum),
  );
  const scaled = carried[0]!.map((component) => centred(times(component, omega)));
  const own = centred(branch);
  const next = carry.map((weights, k) => {
    const from = k === 0 ? [scaled, ...carried.slice(1)] : carried;
    const sums = [...mixed(from, weights), times(own, write[k]!)];
    const norm = k === 0 ? after : subLayer.wires?.after[k];
    return behindNorm(sums, norm, wires?.sums[k] ?? sum).map((component) => tf.keep(tf.clone(component)));
  });
  const behind = wires?.behind ?? [output];
  const leaving = next.map((components, k) => behindNorm(components, stack.leave?.norms[k], behind[k]!));
  const left = mixed(leaving, stack.leave?.weigh(behind) ?? leaving.map((_, k) => Number(k === 0)));
  const parts = left.map((component) => meanOverTokens(tf.mean(tf.square(component), 2), mask));
  const whole = meanOverTokens(tf.mean(tf.square(tf.addN(left)), 2), mask);
  rows.push({ parts: tf.keep(tf.stack(parts) as tf.Tensor1D), whole: tf.keep(whole) });
  tf.dispose(streams.flat());
  return { streams: next, rows };
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
