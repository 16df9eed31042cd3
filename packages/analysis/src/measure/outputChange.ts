import {
  check,
  checkNumber,
  checkOneOf,
  checkOptions,
  checkRecord,
  meanOverTokens,
  type NamedParameter,
  randomStream,
  type Stacked,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { checkDepths } from './depths';
import { lockstep, type Pair } from './lockstep';
import type { Loss } from './loss';
import { lossGradients } from './lossGradients';
import {
  type Delta,
  gradientSigns,
  isMatrix,
  randomSigns,
  relativeNoise,
  type Twin,
  withTwin,
} from './perturb';
import { notFinite, type ResidualSite, residualsOf } from './residuals';
import { type Sampled, sampled } from './sampled';
import { perToken, realTokens, tokenCount } from './tokens';

export type { Loss } from './loss';

/** How `outputChange` moves the weights. */
export type WeightChange<Batch> =
  /** +-size on every weight. */
  | { readonly kind: 'sign'; readonly size: number }
  /** Gaussian noise of `ratio` times each parameter's root mean square. */
  | { readonly kind: 'gaussian'; readonly ratio: number }
  /** One step of `size` against the signs of the loss's gradient. Has no seeds. */
  | { readonly kind: 'gradient'; readonly size: number; readonly loss: Loss<Batch> };

/** Options of `outputChange`. */
export interface OutputChangeOptions<Batch> {
  /** Default the authors': signs of size 1e-4. */
  readonly change?: WeightChange<Batch>;
  /** Seeds of random changes, one measurement each. Default [1]. */
  readonly seeds?: readonly number[];
  /**
   * Depths N to measure, in residual branches, of every stack that has so many. Default all. One that no stack has is
   * an error.
   */
  readonly depths?: readonly number[];
  /** Parameters that change. Default those of rank 2 and more: weight matrices and embeddings. */
  readonly select?: (named: NamedParameter) => boolean;
}

/** The measured change of the normalised output after `depth` residual branches. */
export interface MeasuredChange {
  /** N; 0 is the stack's input. */
  readonly depth: number;
  /** D_N: variance per element of the change. */
  readonly change: Sampled;
  /** Squared L2 norm of the change over the whole batch: change * real tokens * D. */
  readonly squaredNorm: number;
}

/**
 * Measures the output change of theorem 2 (Liu et al. 2020, fig. 4) at every depth prefix of every stack: the same
 * batch before and after a change of the weights, outputs normalised per token as the theory demands, pads left
 * out. Dropout is off. Weights are back to the bit afterwards. Both networks run side by side: memory for
 * activations does not depend on the number of depths.
 *
 * Throws on a model without residuals, and where a change is not finite, naming the path.
 */
export const outputChange = async <Batch>(
  model: Stacked<Batch>,
  batch: Batch,
  options: OutputChangeOptions<Batch> = {},
): Promise<Readonly<Record<string, readonly MeasuredChange[]>>> => {
  checkOptions(options, ['change', 'seeds', 'depths', 'select'], 'outputChange()');
  const { change = { kind: 'sign', size: 1e-4 }, seeds = [1], depths, select = isMatrix } = options;
  const sites = residualsOf(model, 'outputChange()');
  checkDepths(depths, sites, 'outputChange()');
  checkChange(change);
  const drawn = Array.isArray(seeds) && seeds.length > 0;
  check(drawn, 'outputChange() seeds', seeds, 'a list of one seed or more');
  check(typeof select === 'function', 'outputChange() select', select, 'a function of { path, parameter }');
  const masks = await realTokens('outputChange()', model, batch);
  const collected = new Map<string, Collected>();
  const wanted = (depth: number): boolean => depth === 0 || (depths?.includes(depth) ?? true);
  try {
    for (const seed of change.kind === 'gradient' ? [0] : seeds) {
      await withChange(model, batch, sites, change, seed, select, (twin) =>
        measureOnce(model, batch, twin, masks, wanted, collected),
      );
    }
    return await results(sites, masks, collected);
  } finally {
    tf.dispose(masks);
  }
};

const above = (what: string, value: number): number => checkNumber(what, value, 'numbers > 0', (n) => n > 0);

/** Throws on a change that is unknown, or of no size. */
const checkChange = <Batch>(change: WeightChange<Batch>): void => {
  const what = 'outputChange() change';
  checkRecord(what, change, "such as { kind: 'sign', size: 1e-4 }");
  checkOneOf(`${what}.kind`, change.kind, ['sign', 'gaussian', 'gradient']);
  if (change.kind === 'gaussian') {
    checkOptions(change, ['kind', 'ratio'], what);
    above(`${what}.ratio`, change.ratio);
    return;
  }
  checkOptions(change, ['kind', 'size', ...(change.kind === 'gradient' ? ['loss'] : [])], what);
  above(`${what}.size`, change.size);
  if (change.kind === 'sign') return;
  check(typeof change.loss === 'function', `${what}.loss`, change.loss, '(batch, context) => a scalar');
};

/** One place in the model, and D there with each seed. */
interface Collected {
  readonly stackPath: string;
  readonly path: string;
  readonly depth: number;
  readonly shape: readonly number[];
  readonly samples: number[];
}

/** Adds one sample at every wanted depth to `collected`. */
const measureOnce = async <Batch>(
  model: Stacked<Batch>,
  batch: Batch,
  twin: Twin,
  masks: Readonly<Record<string, tf.Tensor2D>>,
  wanted: (depth: number) => boolean,
  collected: Map<string, Collected>,
): Promise<void> => {
  const scalars = new Map<string, tf.Scalar>();
  const visit = ({ path, stackPath, depth, original, changed }: Pair): void => {
    if (!wanted(depth)) return;
    const squares = tf.squaredDifference(perToken(changed), perToken(original));
    scalars.set(path, tf.keep(meanOverTokens(tf.mean<tf.Tensor2D>(squares, 2), masks[stackPath])));
    if (collected.has(path)) return;
    collected.set(path, { stackPath, path, depth, shape: original.shape, samples: [] });
  };
  try {
    lockstep(model, batch, twin, visit);
    for (const [path, scalar] of scalars) collected.get(path)!.samples.push((await scalar.data())[0]!);
  } finally {
    tf.dispose([...scalars.values()]);
  }
};

const withChange = async <Batch>(
  model: Stacked<Batch>,
  batch: Batch,
  sites: ReadonlyMap<string, ResidualSite>,
  change: WeightChange<Batch>,
  seed: number,
  select: (named: NamedParameter) => boolean,
  f: (twin: Twin) => Promise<void>,
): Promise<void> => {
  if (change.kind !== 'gradient') {
    const random = randomStream(seed).fork('outputChange');
    const delta: Delta =
      change.kind === 'sign' ? randomSigns(random, change.size) : relativeNoise(random, change.ratio);
    return withTwin(model, select, delta, f);
  }
  const gradients = lossGradients(model, batch, sites, select, change.loss, 'outputChange()');
  try {
    return await withTwin(model, select, gradientSigns(gradients, change.size), f);
  } finally {
    tf.dispose(gradients);
  }
};

const results = async (
  sites: ReadonlyMap<string, ResidualSite>,
  masks: Readonly<Record<string, tf.Tensor2D>>,
  collected: ReadonlyMap<string, Collected>,
): Promise<Record<string, MeasuredChange[]>> => {
  const found: Record<string, MeasuredChange[]> = Object.create(null);
  for (const stackPath of new Set([...sites.values()].map((site) => site.stackPath))) found[stackPath] = [];
  for (const { stackPath, path, depth, shape, samples } of collected.values()) {
    const change = sampled(samples);
    if (!Number.isFinite(change.mean)) throw notFinite('outputChange()', path, change.mean);
    const tokens = await tokenCount(shape, masks[stackPath]);
    found[stackPath]!.push({ depth, change, squaredNorm: change.mean * tokens * shape[2]! });
  }
  return found;
};
