import {
  type CheckedChange,
  type DepthCheck,
  depthCheck,
  outputChangeFigure,
  pointsFigure,
} from '@steadyformer/analysis';
import { invalidArgument, type Stacked } from '@steadyformer/core';
import { chart } from '../../output/chart';
import type { CommandResult } from '../../output/outputFiles';
import { table } from '../../output/table';
import { type ModelOptions, sizesOf } from '../options';
import { type Architecture, architecturesOf, depthOf } from '../subject/architectures';
import { type AnyBatch, lossOf } from '../subject/subject';
import { type CommandContext, provenanceOfCommand } from './command';
import { fitTable, verdictLine } from './fitTable';
import { intervalCells } from './interval';
import { type MeasuredPoint, measurePoints } from './points';

export interface DepthCheckCommand extends ModelOptions {
  readonly depths?: readonly number[];
  readonly seeds: number;
  readonly stack?: string;
  readonly networks?: 'prefixes' | 'separate';
  readonly change: 'sign' | 'gaussian' | 'gradient';
  readonly size?: number;
  readonly logDepth?: boolean;
}

const DEFAULT_SIZE = { sign: 1e-4, gaussian: 0.01, gradient: 1e-6 };
const DEPTHS = [1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24];

/** Checks each architecture over depth; `verdicts` adds fits and verdicts to the table of changes. */
export const runDepthCheck = async (
  options: DepthCheckCommand,
  { progress, args }: CommandContext,
  verdicts: boolean,
): Promise<CommandResult> => {
  const { change: kind, logDepth = false, stack, networks } = options;
  const seeds = Array.from({ length: options.seeds }, (_, i) => i + 1);
  const architectures = await architecturesOf(options, sizesOf(options));
  const few = architectures.some((architecture) => depthsOf(architecture, options).length < FEWEST);
  if (few && !verdicts) return pointsAlone(options, { progress, args }, architectures, seeds);
  const checks: Record<string, DepthCheck> = {};
  for (const architecture of architectures) {
    const { name, saved, build } = architecture;
    checks[name] = await depthCheck<AnyBatch>(
      (depth, seed) => build(seed, depth),
      depthsOf(architecture, options),
      {
        seeds,
        change: changeOf(kind, options.size ?? DEFAULT_SIZE[kind]),
        ...(saved ? { networks: 'prefixes' as const } : networks ? { networks } : {}),
        ...(stack === undefined ? {} : { stack }),
        onNetwork: (done, total) => progress(`${name}: ${done} of ${total} networks`),
      },
    );
  }
  const headers = ['architecture', 'blocks', 'N', 'D_N', 'low', 'high', 'predicted', 'squared norm'];
  const rows = Object.entries(checks).flatMap(([name, { points, theory }]) =>
    points.map(({ blocks, depth, change, squaredNorm }, i) => [
      name,
      blocks,
      depth,
      change.mean,
      ...intervalCells(change),
      theory.points[i]!.predicted,
      squaredNorm,
    ]),
  );
  const series = Object.entries(checks).map(([name, { points }]) => ({
    name,
    points: points.map(({ depth, change }) => ({ x: depth, y: change.mean })),
  }));
  const picture = chart(series, { x: 'residual branches N', y: 'output change D_N' });
  const parts = [table(headers, rows), picture];
  if (verdicts) parts.push(fitTable(checks), verdictLines(checks));
  return {
    text: parts.join('\n\n'),
    headers,
    rows,
    json: { provenance: await provenanceOfCommand(args, options, architectures), checks },
    figure: outputChangeFigure(checks, { logDepth }),
  };
};

/** Depths that a fit needs. */
const FEWEST = 4;

/** The changes of architectures of which one has too few depths for a fit. */
const pointsAlone = async (
  options: DepthCheckCommand,
  { progress, args }: CommandContext,
  architectures: readonly Architecture[],
  seeds: readonly number[],
): Promise<CommandResult> => {
  const { change: kind, stack } = options;
  const checks: Record<string, readonly MeasuredPoint[]> = {};
  for (const architecture of architectures) {
    checks[architecture.name] = await measurePoints(architecture, {
      depths: depthsOf(architecture, options),
      seeds,
      change: changeOf(kind, options.size ?? DEFAULT_SIZE[kind]),
      ...(stack === undefined ? {} : { stack }),
      onNetwork: (done, total) => progress(`${architecture.name}: ${done} of ${total} networks`),
    });
  }
  const rows = Object.entries(checks).flatMap(([name, points]) =>
    points.map(({ blocks, depth, change, squaredNorm, predicted }) => [
      name,
      blocks,
      depth,
      change.mean,
      ...intervalCells(change),
      predicted ?? '',
      squaredNorm,
    ]),
  );
  const headers = ['architecture', 'blocks', 'N', 'D_N', 'low', 'high', 'predicted', 'squared norm'];
  return {
    text: `${table(headers, rows)}\n\nToo few depths for a fit, which needs ${FEWEST} or more.`,
    headers,
    rows,
    json: { provenance: await provenanceOfCommand(args, options, architectures), points: checks },
    figure: pointsFigure(
      Object.fromEntries(
        Object.entries(checks).map(([name, points]) => [
          name,
          points.map(({ depth, change }) => ({ depth, change: change.mean })),
        ]),
      ),
    ),
  };
};

/** The depths asked for, else those a saved model has, else a spread. */
const depthsOf = (
  { name, saved, config }: Architecture,
  { depths }: DepthCheckCommand,
): readonly number[] => {
  if (!saved) return depths ?? DEPTHS;
  const deepest = depthOf(config);
  const tooDeep = depths?.find((depth) => depth > deepest);
  if (tooDeep !== undefined) {
    throw invalidArgument({
      what: `--depths of ${name}`,
      received: tooDeep,
      allowed: `1 to its ${deepest} blocks`,
    });
  }
  const all = Array.from({ length: deepest }, (_, i) => i + 1);
  return depths ?? (deepest <= DEPTHS.length ? all : DEPTHS.filter((depth) => depth <= deepest));
};

const changeOf = (kind: DepthCheckCommand['change'], size: number): CheckedChange<AnyBatch> => {
  switch (kind) {
    case 'sign':
      return { kind, size };
    case 'gaussian':
      return { kind, ratio: size };
    case 'gradient':
      return { kind, size, loss: (model: Stacked<AnyBatch>) => lossOf(model) };
  }
};

const verdictLines = (checks: Readonly<Record<string, DepthCheck>>): string =>
  Object.entries(checks)
    .map(([name, { verdict }]) => verdictLine(name, verdict))
    .join('\n');
