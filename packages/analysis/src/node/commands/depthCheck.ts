import * as tf from '@tensorflow/tfjs';
import { type DepthCheck, depthCheck } from '../../check/depthCheck';
import { outputChangeFigure } from '../../figures/outputChange';
import { encoderBuild, encoderLoss, methodNamed } from '../architectures';
import { chart } from '../chart';
import { type ModelOptions, provenance, sizesOf } from '../options';
import type { CommandResult } from '../outputFiles';
import { format, table } from '../table';

export interface DepthCheckCommand extends ModelOptions {
  readonly depths: readonly number[];
  readonly seeds: number;
  readonly change: 'sign' | 'gaussian' | 'gradient';
  readonly size?: number;
  readonly logDepth?: boolean;
}

const DEFAULT_SIZE = { sign: 1e-4, gaussian: 0.01, gradient: 1e-6 };

/** Checks each architecture over depth; `verdicts` adds fits and verdicts to the table of changes. */
export const runDepthCheck = async (
  command: string,
  options: DepthCheckCommand,
  progress: (line: string) => void,
  verdicts: boolean,
): Promise<CommandResult> => {
  const { depths, change: kind, architectures, logDepth = false } = options;
  const size = options.size ?? DEFAULT_SIZE[kind];
  const seeds = Array.from({ length: options.seeds }, (_, i) => i + 1);
  const sizes = await sizesOf(options);
  const checks: Record<string, DepthCheck> = {};
  for (const name of architectures) {
    progress(`${name}: ${seeds.length} networks of up to ${depths.at(-1)} blocks, width ${sizes.width}`);
    checks[name] = await depthCheck(encoderBuild(methodNamed(name), sizes), depths, {
      seeds,
      change:
        kind === 'gaussian'
          ? { kind, ratio: size }
          : kind === 'sign'
            ? { kind, size }
            : { kind, size, loss: encoderLoss },
    });
  }
  const headers = ['architecture', 'blocks', 'N', 'D_N', 'low', 'high', 'predicted', 'squared norm'];
  const rows = Object.entries(checks).flatMap(([name, { points, theory }]) =>
    points.map(({ blocks, depth, change, squaredNorm }, i) => [
      name,
      blocks,
      depth,
      change.mean,
      change.interval?.[0] ?? change.mean,
      change.interval?.[1] ?? change.mean,
      kind === 'gradient' ? theory.points[i]!.fitted : theory.points[i]!.predicted,
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
    json: { provenance: provenance(command, options, tf.getBackend()), checks },
    figure: outputChangeFigure(checks, { logDepth }),
  };
};

const fitTable = (checks: Readonly<Record<string, DepthCheck>>): string =>
  table(
    ['architecture', 'law', 'R2', 'AIC', 'parameters (95 % intervals)'],
    Object.entries(checks).flatMap(([name, { fit, theory }]) => [
      ...fit.fits.map(({ formula, r2, aic, parameters }) => [
        name,
        formula,
        Number(r2.toFixed(4)),
        Number(aic.toFixed(1)),
        Object.entries(parameters)
          .map(([key, { value, interval }]) =>
            interval
              ? `${key} ${format(value)} [${interval.map(format).join(', ')}]`
              : `${key} ${format(value)}`,
          )
          .join('  '),
      ]),
      [
        name,
        'D_0 + C sum beta_ii^2',
        Number(theory.r2.toFixed(4)),
        '',
        `C ${format(theory.constant.value)} [${theory.constant.interval!.map(format).join(', ')}], predicted ${format(theory.predictedConstant)}`,
      ],
    ]),
  );

const verdictLines = (checks: Readonly<Record<string, DepthCheck>>): string =>
  Object.entries(checks)
    .map(([name, { verdict }]) => `${name}: ${verdict.notation}. ${verdict.text}`)
    .join('\n');
