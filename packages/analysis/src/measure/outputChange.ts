import {
  type Context,
  checkOptions,
  invalidArgument,
  type NamedParameter,
  type Probe,
  randomStream,
  type Stacked,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { lockstep, type Pair } from './lockstep';
import {
  type Delta,
  gradientSigns,
  isMatrix,
  randomSigns,
  relativeNoise,
  type Twin,
  withTwin,
} from './perturb';
import { measuredSite, notFinite, type ResidualSite, residualsOf } from './residuals';
import { type Sampled, sampled } from './statistics';
import { meanOverTokens, perToken, tokenCount } from './tokens';

/** The loss of one batch, a scalar; passes the context on to the model's call. */
export type Loss<Batch> = (batch: Batch, context: Context) => tf.Scalar;

export type WeightChange<Batch> =
  /** +-size on every weight. */
  | { readonly kind: 'sign'; readonly size: number }
  /** Gaussian noise of `ratio` times each parameter's root mean square. */
  | { readonly kind: 'gaussian'; readonly ratio: number }
  /** One step of `size` against the signs of the loss's gradient. Has no seeds. */
  | { readonly kind: 'gradient'; readonly size: number; readonly loss: Loss<Batch> };

export interface OutputChangeOptions<Batch> {
  /** Default the authors': signs of size 1e-4. */
  readonly change?: WeightChange<Batch>;
  /** Seeds of random changes, one measurement each. Default [1]. */
  readonly seeds?: readonly number[];
  /** Depths N to measure, in residual branches of each stack. Default all. */
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
  checkDepths(depths);
  if (seeds.length === 0) {
    throw invalidArgument({ what: 'outputChange() seeds', received: seeds, allowed: 'one seed or more' });
  }
  const sites = residualsOf(model, 'outputChange()');
  const masks = model.tokenMasks?.(batch) ?? {};
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

const checkDepths = (depths: readonly number[] | undefined): void => {
  const wrong = depths?.some((n, i) => !Number.isInteger(n) || n <= (i === 0 ? 0 : depths[i - 1]!));
  if (wrong || depths?.length === 0) {
    throw invalidArgument({
      what: 'outputChange() depths',
      received: depths,
      allowed: 'increasing whole numbers >= 1',
    });
  }
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
  const variables = model
    .parameters()
    .filter(select)
    .map(({ parameter }) => parameter.variable);
  const probe: Probe = {
    join: (event) => {
      measuredSite(sites, event, 'outputChange() loss');
    },
  };
  const { value, grads } = tf.variableGrads(() => change.loss(batch, { training: false, probe }), variables);
  try {
    return await withTwin(model, select, gradientSigns(grads, change.size), f);
  } finally {
    tf.dispose([value, grads]);
  }
};

const results = async (
  sites: ReadonlyMap<string, ResidualSite>,
  masks: Readonly<Record<string, tf.Tensor2D>>,
  collected: ReadonlyMap<string, Collected>,
): Promise<Record<string, MeasuredChange[]>> => {
  const found: Record<string, MeasuredChange[]> = {};
  for (const stackPath of new Set([...sites.values()].map((site) => site.stackPath))) found[stackPath] = [];
  for (const { stackPath, path, depth, shape, samples } of collected.values()) {
    const change = sampled(samples);
    if (!Number.isFinite(change.mean)) throw notFinite('outputChange()', path, change.mean);
    const tokens = await tokenCount(shape, masks[stackPath]);
    found[stackPath]!.push({ depth, change, squaredNorm: change.mean * tokens * shape[2]! });
  }
  return found;
};
