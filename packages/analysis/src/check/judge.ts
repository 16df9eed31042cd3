import { mean } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { outputChangeFigure } from '../figures/outputChange';
import { fitGrowth } from '../fit/fitGrowth';
import { fitTheory, withoutConstant } from '../fit/fitTheory';
import { line } from '../fit/line';
import { sampled } from '../measure/sampled';
import type { GrowthClass } from '../theory/growthClass';
import type { Measurer } from './measurer';
import type { MeasuredNetwork, Networks } from './networks';
import type { DepthCheck } from './result';
import { verdictOf } from './verdict';

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
