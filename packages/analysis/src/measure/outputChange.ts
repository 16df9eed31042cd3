import {
  type Context,
  checkOptions,
  invalidArgument,
  type NamedParameter,
  type Probe,
  randomStream,
  type Stacked,
  SteadyformerError,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { type Delta, gradientSigns, isMatrix, randomSigns, relativeNoise, withPerturbed } from './perturb';
import { type ResidualSite, residualsOf, siteAt } from './residuals';
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
 * out. Dropout is off. Weights are back to the bit afterwards. Keeps one activation [B, T, D] a measured depth.
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
  const wanted = ({ depth }: Pick<ResidualSite, 'depth'>): boolean => depths?.includes(depth) ?? true;
  const originals = outputs(model, batch, sites, wanted, (_key, x) => x);
  try {
    const samples = new Map<string, number[]>();
    for (const seed of change.kind === 'gradient' ? [0] : seeds) {
      const measured = await changed(model, batch, change, seed, select, () =>
        outputs(model, batch, sites, wanted, (key, x, stackPath) => {
          const squares = tf.mean<tf.Tensor2D>(tf.squaredDifference(x, originals.get(key)!), 2);
          return meanOverTokens(squares, masks[stackPath]);
        }),
      );
      for (const [key, value] of measured) samples.set(key, [...(samples.get(key) ?? []), value]);
    }
    return await results(sites, wanted, samples, originals, masks);
  } finally {
    tf.dispose([...originals.values()]);
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

/** Input of a stack, as a depth of its own. */
const inputKey = (stackPath: string): string => `${stackPath} input`;

/** One forward pass; keeps what `take` makes of each wanted normalised output [B, T, D], by path. */
const outputs = <Batch, T extends tf.Tensor>(
  model: Stacked<Batch>,
  batch: Batch,
  sites: ReadonlyMap<string, ResidualSite>,
  wanted: (site: ResidualSite) => boolean,
  take: (key: string, normalised: tf.Tensor3D, stackPath: string) => T,
): Map<string, T> => {
  const taken = new Map<string, T>();
  const keep = (key: string, x: tf.Tensor3D, stackPath: string): void => {
    taken.set(
      key,
      tf.tidy(() => tf.keep(take(key, perToken(x), stackPath))),
    );
  };
  const probe: Probe = {
    join: ({ path, shortcut, output }) => {
      const site = siteAt(sites, path);
      if (site.depth === 1) keep(inputKey(site.stackPath), shortcut, site.stackPath);
      if (wanted(site)) keep(path, output, site.stackPath);
    },
  };
  try {
    tf.tidy(() => {
      model.call(batch, { training: false, probe });
    });
  } catch (error) {
    tf.dispose([...taken.values()]);
    throw error;
  }
  return taken;
};

const changed = async <Batch>(
  model: Stacked<Batch>,
  batch: Batch,
  change: WeightChange<Batch>,
  seed: number,
  select: (named: NamedParameter) => boolean,
  measure: () => Map<string, tf.Scalar>,
): Promise<Map<string, number>> => {
  const read = async (): Promise<Map<string, number>> => {
    const scalars = measure();
    const values = await Promise.all(
      [...scalars].map(async ([key, scalar]) => [key, (await scalar.data())[0]!] as const),
    );
    tf.dispose([...scalars.values()]);
    return new Map(values);
  };
  if (change.kind !== 'gradient') {
    const random = randomStream(seed).fork('outputChange');
    const delta: Delta =
      change.kind === 'sign' ? randomSigns(random, change.size) : relativeNoise(random, change.ratio);
    return withPerturbed(model, select, delta, read);
  }
  const variables = model
    .parameters()
    .filter(select)
    .map(({ parameter }) => parameter.variable);
  const { value, grads } = tf.variableGrads(() => change.loss(batch, { training: false }), variables);
  try {
    return await withPerturbed(model, select, gradientSigns(grads, change.size), read);
  } finally {
    tf.dispose([value, grads]);
  }
};

const results = async (
  sites: ReadonlyMap<string, ResidualSite>,
  wanted: (site: ResidualSite) => boolean,
  samples: ReadonlyMap<string, readonly number[]>,
  originals: ReadonlyMap<string, tf.Tensor3D>,
  masks: Readonly<Record<string, tf.Tensor2D>>,
): Promise<Record<string, MeasuredChange[]>> => {
  const found: Record<string, MeasuredChange[]> = {};
  for (const site of sites.values()) {
    const { stackPath } = site;
    const entries = site.depth === 1 ? [{ key: inputKey(stackPath), depth: 0 }] : [];
    if (wanted(site)) entries.push({ key: site.path, depth: site.depth });
    for (const { key, depth } of entries) {
      const change = sampled(samples.get(key) ?? []);
      if (!Number.isFinite(change.mean)) {
        throw new SteadyformerError(
          `outputChange(): the change at ${key} is ${change.mean}. The activations overflow or the weights are not finite; try a smaller change or fewer layers.`,
        );
      }
      const { shape } = originals.get(key)!;
      const tokens = await tokenCount(shape, masks[stackPath]);
      const list = found[stackPath] ?? [];
      found[stackPath] = list;
      list.push({ depth, change, squaredNorm: change.mean * tokens * shape[2] });
    }
  }
  return found;
};
