import {
  check,
  checkCallback,
  checkList,
  checkNumber,
  checkOneOf,
  checkOptions,
  checkText,
  invalidArgument,
  mean,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { outputChangeFigure } from '../figures/outputChange';
import type { VegaLiteSpec } from '../figures/spec';
import { fitGrowth, type GrowthFit } from '../fit/fitGrowth';
import { fitTheory, type TheoryFit, withoutConstant } from '../fit/fitTheory';
import { line } from '../fit/line';
import { type Sampled, sampled } from '../measure/statistics';
import type { GrowthClass } from '../theory/growth';
import type { Build, CheckedChange } from './measureDepths';
import { type MeasuredNetwork, measureNetwork, type Networks, networksOf } from './networks';
import { type Verdict, verdictOf } from './verdict';

export interface DepthCheckOptions<Batch> {
  /** Networks drawn, one a seed. Default [1, 2, 3, 4, 5]: single narrow networks scatter by a fifth. */
  readonly seeds?: readonly number[];
  /** The change of the weights. Default signs of size 1e-4. */
  readonly change?: CheckedChange<Batch>;
  /**
   * 'prefixes' measures every depth in one pass of the deepest network, 'separate' builds one a depth. Default:
   * prefixes where the records do not depend on the depth.
   */
  readonly networks?: 'prefixes' | 'separate';
  /** Path of the stack to check. Default the first. */
  readonly stack?: string;
  /** Called after each network with how many are done, and of how many. */
  readonly onNetwork?: (done: number, total: number) => void;
}

export const DEPTH_CHECK_OPTIONS: readonly (keyof DepthCheckOptions<unknown>)[] = [
  'seeds',
  'change',
  'networks',
  'stack',
  'onNetwork',
];

export interface DepthCheck {
  /** Measured change at each depth, mean over seeds. */
  readonly points: readonly {
    /** Blocks. */
    readonly blocks: number;
    /** N, residual branches. */
    readonly depth: number;
    /** D_N, variance per element. */
    readonly change: Sampled;
    /** Mean squared L2 norm over the batch. */
    readonly squaredNorm: number;
  }[];
  /** D_0: the change of the stack's input. */
  readonly inputChange: Sampled;
  readonly fit: GrowthFit;
  readonly theory: TheoryFit;
  /** s_0 / v of the deepest network, mean over seeds: what theory expects of c in a + b ln(N + c). */
  readonly predictedOffset?: number;
  readonly verdict: Verdict;
  /** The picture, a Vega-Lite specification. */
  readonly spec: VegaLiteSpec;
  readonly provenance: {
    readonly depths: readonly number[];
    readonly seeds: readonly number[];
    readonly change: { readonly kind: string; readonly size?: number; readonly ratio?: number };
    readonly networks: 'prefixes' | 'separate';
    readonly stack: string;
    readonly backend: string;
  };
}

/**
 * Says whether an architecture amplifies changes of its weights with depth: builds it at the given numbers of blocks,
 * measures the output change, fits the laws of growth and the paper's theory, and draws the picture. The verdict names a
 * law only where the networks, resampled as wholes, leave that law alone open and theory is not contradicted.
 *
 * Throws on fewer than 4 depths, depths that do not increase, and what `outputChange` and `predict` refuse.
 */
export const depthCheck = async <Batch>(
  build: Build<Batch>,
  depths: readonly number[],
  options: DepthCheckOptions<Batch> = {},
): Promise<DepthCheck> => {
  checkOptions(options, DEPTH_CHECK_OPTIONS, 'depthCheck()');
  checkDepths(depths);
  const { seeds = [1, 2, 3, 4, 5] } = options;
  checkSeeds(seeds);
  checkCallback('depthCheck() onNetwork', options.onNetwork);
  const { networks: how = 'prefixes', stack = '' } = options;
  checkText('depthCheck() stack', stack);
  checkOneOf('depthCheck() networks', how, ['prefixes', 'separate']);
  const measure = await measurer(build, depths, options, seeds[0]!);
  const total = seeds.length * (measure.networks === 'prefixes' ? 1 : depths.length);
  let done = 0;
  const networks: MeasuredNetwork[] = [];
  for (const seed of seeds) {
    networks.push(
      await measure.network(seed, () => {
        done += 1;
        options.onNetwork?.(done, total);
      }),
    );
  }
  return judge(depths, networks, measure);
};

/** How the networks of a check are measured, one seed at a time. */
export interface Measurer {
  readonly networks: Networks;
  readonly change: DepthCheck['provenance']['change'];
  readonly network: (seed: number, onNetwork?: () => void) => Promise<MeasuredNetwork>;
}

/** Settles what the options leave open. */
export const measurer = async <Batch>(
  build: Build<Batch>,
  blocks: readonly number[],
  options: DepthCheckOptions<Batch>,
  firstSeed: number,
): Promise<Measurer> => {
  check(typeof build === 'function', 'build', build, 'a function (depth, seed) => ({ model, batch })');
  const { change = { kind: 'sign', size: 1e-4 }, stack } = options;
  const networks = options.networks ?? (await networksOf(build, blocks, firstSeed));
  const { kind, ...rest } = change;
  return {
    networks,
    change: { kind, ...('ratio' in rest ? { ratio: rest.ratio } : { size: rest.size }) },
    network: (seed, onNetwork = () => undefined) =>
      measureNetwork({ build, blocks, change, networks, stack, onNetwork }, seed),
  };
};

/** Everything that follows from measured networks. */
export const judge = async (
  blocks: readonly number[],
  networks: readonly MeasuredNetwork[],
  { networks: kind, change }: Pick<Measurer, 'networks' | 'change'>,
): Promise<DepthCheck> => {
  const { depths, stackPath, remedy } = networks[0]!;
  const at = (of: (network: MeasuredNetwork) => readonly number[], k: number): number[] =>
    networks.map((network) => of(network)[k]!);
  const points = depths.map((depth, k) => ({
    blocks: blocks[k]!,
    depth,
    change: sampled(at((network) => network.changes, k)),
    squaredNorm: mean(at((network) => network.norms, k)),
  }));
  // Plain least squares of the means, as in the paper; what the verdict rests on is weighted.
  const growthPoints = points.map(({ depth, change: { mean: value } }) => ({ depth, value }));
  const predictions = depths.map((depth, k) => ({
    depth,
    change: mean(at((network) => network.predicted, k)),
    diagonalSum: mean(at((network) => network.diagonalSums, k)),
  }));
  const inputChange = sampled(networks.map((network) => network.inputChange));
  const fit = await fitGrowth(growthPoints);
  const fitted = fitTheory(growthPoints, { inputChange: inputChange.mean, outputChange: predictions });
  const theory = networks.every((network) => network.constantKnown) ? fitted : withoutConstant(fitted);
  const offsets = networks.flatMap(({ offset }) => offset ?? []);
  const alongGradient = change.kind === 'gradient';
  const theoryClass = alongGradient ? undefined : await growthOf(kind, networks, predictions);
  const verdict = verdictOf({
    depths,
    networks,
    predicted: theory.points.map(({ predicted }) => predicted),
    ...(theoryClass ? { theoryClass } : {}),
    ...(kind === 'prefixes' && offsets.length > 0 ? { offset: mean(offsets) } : {}),
    constantKnown: theory.predictedConstant !== undefined,
    alongGradient,
    r2: theory.r2,
    remedy,
  });
  return {
    points,
    inputChange,
    fit,
    theory,
    ...(offsets.length > 0 ? { predictedOffset: mean(offsets) } : {}),
    verdict,
    spec: outputChangeFigure({ measured: { points, fit, theory, verdict } }),
    provenance: {
      depths: blocks,
      seeds: networks.map(({ seed }) => seed),
      change,
      networks: kind,
      stack: stackPath,
      backend: tf.getBackend(),
    },
  };
};

/** Points that tell a power from a logarithm where nothing scatters. */
const ENOUGH = 6;
/** A power of N that is none. */
const FLAT = 0.1;

/**
 * The class theory derives: over the prefixes of one network from its records; over networks of their own from the
 * prediction at their depths, which does not scatter.
 */
const growthOf = async (
  kind: Networks,
  networks: readonly MeasuredNetwork[],
  predictions: readonly { readonly depth: number; readonly change: number }[],
): Promise<GrowthClass | undefined> => {
  if (kind === 'prefixes') {
    const classes = new Set(networks.map(({ growth }) => growth));
    return classes.size === 1 ? networks[0]!.growth : undefined;
  }
  if (predictions.length < ENOUGH) return undefined;
  const input = mean(networks.map(({ inputChange }) => inputChange));
  const above = predictions.filter(({ change }) => change > input);
  const power = line(
    above.map(({ depth, change }) => ({ x: Math.log(depth), y: Math.log(change - input), weight: 1 })),
  );
  if (above.length < predictions.length || power.slope < FLAT) return 'constant';
  return (await fitGrowth(predictions.map(({ depth, change }) => ({ depth, value: change })))).class;
};

const checkDepths = (depths: readonly number[]): void => {
  checkList('depthCheck() depths', depths, '4 or more increasing whole numbers >= 1');
  const wrong = depths.some((n, i) => !Number.isInteger(n) || n <= (i === 0 ? 0 : depths[i - 1]!));
  if (!wrong && depths.length >= 4) return;
  throw invalidArgument({
    what: 'depthCheck() depths',
    received: depths,
    allowed: '4 or more increasing whole numbers >= 1',
    next: 'A law needs several depths; 12 from 2 to 64 are a good picture.',
  });
};

/** Every seed is a network: one that comes twice would count as two. */
export const checkSeeds = (seeds: readonly number[]): void => {
  checkList('depthCheck() seeds', seeds, 'a list of numbers');
  for (const [i, seed] of seeds.entries()) checkNumber(`depthCheck() seeds[${i}]`, seed);
  if (seeds.length > 0 && new Set(seeds).size === seeds.length) return;
  throw invalidArgument({
    what: 'depthCheck() seeds',
    received: seeds,
    allowed: 'one seed or more, each of them once',
    next: 'A verdict needs several networks; 5 or more seeds are a good start.',
  });
};
