import { checkOptions, invalidArgument } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { outputChangeFigure } from '../figures/outputChange';
import type { VegaLiteSpec } from '../figures/spec';
import { fitGrowth, type GrowthFit } from '../fit/fitGrowth';
import { fitTheory, type TheoryFit, withoutConstant } from '../fit/fitTheory';
import { type Sampled, sampled } from '../measure/statistics';
import { describeModel } from '../theory/model';
import type { ChangeAt } from '../theory/outputChange';
import { type Build, type CheckedChange, type MeasuredDepths, measureDepths } from './measureDepths';
import { samePrefix } from './prefix';
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

interface Collected {
  readonly blocks: number;
  readonly changes: number[];
  readonly norms: number[];
  readonly predicted: ChangeAt[];
}

/**
 * Says whether an architecture amplifies changes of its weights with depth: builds it at the given numbers of blocks,
 * measures the output change, fits the laws of growth and the paper's theory, and draws the picture.
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
  const { seeds = [1, 2, 3, 4, 5], change = { kind: 'sign', size: 1e-4 } } = options;
  const networks =
    options.networks ?? ((await arePrefixes(build, depths, seeds[0] ?? 1)) ? 'prefixes' : 'separate');
  const collected = new Map<number, Collected>();
  const inputs: number[] = [];
  const offsets: number[] = [];
  let constantKnown = true;
  const perSeed = networks === 'prefixes' ? depths.slice(-1) : depths;
  let done = 0;
  let stackPath = options.stack;
  for (const seed of seeds) {
    for (const blocks of perSeed) {
      const subject = await build(blocks, seed);
      try {
        const measured = await measureDepths(
          subject,
          change,
          seed,
          stackPath,
          networks === 'prefixes' ? depths : [blocks],
        );
        stackPath = measured.stackPath;
        inputs.push(measured.inputChange);
        constantKnown &&= measured.constantKnown;
        if (blocks === depths.at(-1) && measured.offset !== undefined) offsets.push(measured.offset);
        for (const point of measured.points) add(collected, point);
      } finally {
        subject.model.dispose();
        tf.dispose(subject.batch as tf.TensorContainer);
      }
      done += 1;
      options.onNetwork?.(done, seeds.length * perSeed.length);
    }
  }
  const points = [...collected].map(([depth, { blocks, changes, norms }]) => ({
    blocks,
    depth,
    change: sampled(changes),
    squaredNorm: mean(norms),
  }));
  const growthPoints = points.map(({ depth, change: { mean: value } }) => ({ depth, value }));
  const inputChange = mean(inputs);
  const fit = await fitGrowth(growthPoints);
  const fitted = fitTheory(growthPoints, {
    inputChange,
    outputChange: [...collected].map(([depth, { predicted }]) => ({
      depth,
      change: mean(predicted.map((at) => at.change)),
      diagonalSum: mean(predicted.map((at) => at.diagonalSum)),
    })),
  });
  const theory = constantKnown ? fitted : withoutConstant(fitted);
  const verdict = verdictOf(fit, theory, change.kind === 'gradient');
  const { kind, ...rest } = change;
  return {
    points,
    fit,
    theory,
    ...(offsets.length > 0 ? { predictedOffset: mean(offsets) } : {}),
    verdict,
    spec: outputChangeFigure({ measured: { points, fit, theory, verdict } }),
    provenance: {
      depths,
      seeds,
      change: { kind, ...('ratio' in rest ? { ratio: rest.ratio } : { size: rest.size }) },
      networks,
      stack: stackPath!,
      backend: tf.getBackend(),
    },
  };
};

const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;

const checkDepths = (depths: readonly number[]): void => {
  const wrong = depths.some((n, i) => !Number.isInteger(n) || n <= (i === 0 ? 0 : depths[i - 1]!));
  if (!wrong && depths.length >= 4) return;
  throw invalidArgument({
    what: 'depthCheck() depths',
    received: depths,
    allowed: '4 or more increasing whole numbers >= 1',
    next: 'A law needs several depths; 12 from 2 to 64 are a good picture.',
  });
};

const arePrefixes = async <Batch>(
  build: Build<Batch>,
  depths: readonly number[],
  seed: number,
): Promise<boolean> => {
  const describe = async (depth: number) => {
    const { model, batch } = await build(depth, seed);
    try {
      return await describeModel(model);
    } finally {
      model.dispose();
      tf.dispose(batch as tf.TensorContainer);
    }
  };
  return samePrefix(await describe(depths[0]!), await describe(depths[0]! + 1));
};

const add = (collected: Map<number, Collected>, point: MeasuredDepths['points'][number]): void => {
  const entry = collected.get(point.depth) ?? { blocks: point.blocks, changes: [], norms: [], predicted: [] };
  collected.set(point.depth, entry);
  entry.changes.push(point.change);
  entry.norms.push(point.norm);
  entry.predicted.push(point.predicted);
};
