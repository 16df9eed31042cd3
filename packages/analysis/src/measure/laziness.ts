import {
  check,
  checkNumber,
  checkOneOf,
  checkOptions,
  type NamedParameter,
  randomStream,
  type Stacked,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { checkDepths } from './depths';
import type { Loss } from './loss';
import { lossGradients } from './lossGradients';
import { type Outputs, outputsOf } from './outputs';
import { type Delta, gradientSigns, isMatrix, randomSigns, withTwin } from './perturb';
import { notFinite, type ResidualSite, residualsOf } from './residuals';
import { perToken, realTokens, tokenCount } from './tokens';

/** Options of `laziness`. */
export interface LazinessOptions<Batch> {
  /** The update goes against the signs of this loss's gradient. Default: random signs. */
  readonly loss?: Loss<Batch>;
  /** |d| / |theta|, over all parameters that change. Default 0.01: at width 128 about the first step of Adam at rate 1e-3. */
  readonly size?: number;
  /** What f is: outputs normalised per token, or streams as they are. Default 'normalised'. */
  readonly output?: 'normalised' | 'stream';
  /** Of random signs. Default 1. */
  readonly seed?: number;
  /** Depths N, in residual branches, of every stack that has so many. Default the last of each stack. */
  readonly depths?: readonly number[];
  /** Parameters that change. Default those of rank 2 and more: weight matrices and embeddings. */
  readonly select?: (named: NamedParameter) => boolean;
}

/** How far a network is from its linearisation after an update, at one depth. */
export interface MeasuredLaziness {
  /** N, residual branches. */
  readonly depth: number;
  /** |f(theta + d) - f(theta) - J d| / |f(theta + d) - f(theta)|: 0 is lazy, a linear network; 0 where nothing moves. */
  readonly laziness: number;
  /** The finite difference's own error in it, estimated. */
  readonly error: number;
  /** D_N of the update: variance per element of f(theta + d) - f(theta). */
  readonly change: number;
}

/** The steps of the difference, as shares of d: central, of h and 2 h. */
const STEP = 1 / 32;
const OFFSETS = [1, STEP, -STEP, 2 * STEP, -2 * STEP] as const;

/**
 * Measures after an update d of the weights how much of the change of the normalised output f (as `outputChange` takes it)
 * the network's linearisation does not explain. A network whose updates stay linear does not learn features; Dey et al.
 * 2025 (CompleteP) ask it of each layer, here it is the network up to depth N.
 *
 * J d is the central difference of f along d with the step h = d / 32, without double backward: 6 forward passes, and one
 * backward pass with a loss. `error` is what a step twice as long changes, divided by 3: truncation of order h^2 and
 * rounding. Dropout is off, pads are left out, and weights are back to the bit afterwards.
 *
 * @throws SteadyformerError on a model without residuals, options it does not know, and changes that are not finite
 */
export const laziness = async <Batch>(
  model: Stacked<Batch>,
  batch: Batch,
  options: LazinessOptions<Batch> = {},
): Promise<Readonly<Record<string, readonly MeasuredLaziness[]>>> => {
  const where = 'laziness()';
  checkOptions(options, ['loss', 'size', 'output', 'seed', 'depths', 'select'], where);
  const { loss, size = 0.01, output = 'normalised', seed = 1, depths, select = isMatrix } = options;
  const sites = residualsOf(model, where);
  checkDepths(depths, sites, where);
  checkNumber(`${where} size`, size, 'numbers > 0', (value) => value > 0);
  checkOneOf(`${where} output`, output, ['normalised', 'stream']);
  checkNumber(`${where} seed`, seed);
  if (loss !== undefined) {
    check(typeof loss === 'function', `${where} loss`, loss, '(batch, context) => a scalar');
  }
  check(typeof select === 'function', `${where} select`, select, 'a function of { path, parameter }');
  const step = size * (await rootMeanSquare(model.parameters().filter(select)));
  const masks = await realTokens(where, model, batch);
  const gradients = loss && lossGradients(model, batch, sites, select, loss, where);
  const delta = gradients
    ? gradientSigns(gradients, step)
    : randomSigns(randomStream(seed).fork('laziness'), step);
  const wanted = wantedPaths(sites, depths);
  const f = output === 'normalised' ? perToken : tf.clone<tf.Tensor3D>;
  const outputs: Outputs[] = [];
  try {
    outputs.push(outputsOf(model, batch, sites, { wanted, masks, f }, where));
    for (const share of OFFSETS) {
      await withTwin(model, select, scaled(delta, share), async (twin) => {
        twin.use('changed');
        outputs.push(outputsOf(model, batch, sites, { wanted, masks, f }, where));
      });
    }
    return await results(sites, wanted, masks, outputs);
  } finally {
    tf.dispose([masks, gradients ?? [], ...outputs.flatMap((each) => [...each.values()])]);
  }
};

const rootMeanSquare = async (parameters: readonly NamedParameter[]): Promise<number> => {
  const sums = tf.tidy(() => parameters.map(({ parameter }) => tf.sum(tf.square(parameter.value))));
  const squares = await Promise.all(sums.map(async (sum) => (await sum.data())[0]!));
  tf.dispose(sums);
  const count = parameters.reduce((total, { parameter }) => total + parameter.size, 0);
  return Math.sqrt(squares.reduce((total, square) => total + square, 0) / Math.max(1, count));
};

const scaled =
  (delta: Delta, share: number): Delta =>
  (named) =>
    tf.tidy(() => tf.mul(delta(named), share));

/** The depths asked for, or the end of every stack. */
const wantedPaths = (
  sites: ReadonlyMap<string, ResidualSite>,
  depths: readonly number[] | undefined,
): ReadonlySet<string> => {
  const ends = new Map([...sites.values()].map(({ stackPath, path }) => [stackPath, path]));
  const wanted = [...sites.values()].filter(({ stackPath, path, depth }) =>
    depths ? depths.includes(depth) : ends.get(stackPath) === path,
  );
  return new Set(wanted.map(({ path }) => path));
};

const results = async (
  sites: ReadonlyMap<string, ResidualSite>,
  wanted: ReadonlySet<string>,
  masks: Readonly<Record<string, tf.Tensor2D>>,
  outputs: readonly Outputs[],
): Promise<Record<string, MeasuredLaziness[]>> => {
  const found: Record<string, MeasuredLaziness[]> = Object.create(null);
  for (const { path, stackPath, depth } of sites.values()) {
    if (!wanted.has(path)) continue;
    const norms = tf.tidy(() => {
      const [base, moved, up, down, farUp, farDown] = outputs.map((each) => each.get(path)!);
      const change = tf.sub(moved!, base!);
      const slope = tf.div(tf.sub(up!, down!), 2 * STEP);
      const coarse = tf.div(tf.sub(farUp!, farDown!), 4 * STEP);
      const squares = [change, tf.sub(change, slope), tf.sub(coarse, slope)];
      return tf.stack(squares.map((each) => tf.sum(tf.square(each)))) as tf.Tensor1D;
    });
    const [change, rest, truncation] = await norms.data();
    norms.dispose();
    if (!Number.isFinite(change! + rest! + truncation!)) throw notFinite('laziness()', path, change!);
    const relative = (square: number): number => (change! > 0 ? Math.sqrt(square / change!) : 0);
    const { shape } = outputs[0]!.get(path)!;
    const elements = (await tokenCount(shape, masks[stackPath])) * shape[2];
    found[stackPath] ??= [];
    found[stackPath].push({
      depth,
      laziness: relative(rest!),
      error: relative(truncation!) / 3,
      change: change! / elements,
    });
  }
  return found;
};
