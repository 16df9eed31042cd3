import { gradientFigure, gradientNorms, type MeasuredGradients, sampled } from '@steadyformer/analysis';
import * as tf from '@tensorflow/tfjs';
import type { CommandResult } from '../../output/outputFiles';
import { type Cell, format, table } from '../../output/table';
import { type ModelOptions, sizesOf } from '../options';
import { architecturesOf } from '../subject/architectures';
import { lossOf } from '../subject/subject';
import { type CommandContext, provenanceOfCommand } from './command';
import { intervalCells } from './interval';

export interface GradientsCommand extends ModelOptions {
  readonly seeds: number;
}

/** Gradient norms of every sub-layer output and parameter, from the loss of a batch, mean over networks. */
export const runGradients = async (
  options: GradientsCommand,
  { progress, args }: CommandContext,
): Promise<CommandResult> => {
  const architectures = await architecturesOf(options, sizesOf(options));
  const rows: Cell[][] = [];
  const lines: Record<string, { depth: number; norm: number }[]> = {};
  const ends: string[] = [];
  const found: Record<string, readonly MeasuredGradients[]> = {};
  for (const { name, build } of architectures) {
    const runs: MeasuredGradients[] = [];
    for (let seed = 1; seed <= options.seeds; seed++) {
      const { model, batch } = await build(seed);
      runs.push(await gradientNorms(model, batch, lossOf(model)));
      model.dispose();
      tf.dispose(batch as tf.TensorContainer);
      progress(`${name}: ${seed} of ${options.seeds} networks`);
    }
    found[name] = runs;
    for (const [stack, outputs] of Object.entries(runs[0]!.outputs)) {
      const points = outputs.map(({ depth, path }, i) => {
        const norm = sampled(runs.map((run) => run.outputs[stack]![i]!.norm));
        const relative = sampled(runs.map((run) => run.outputs[stack]![i]!.relative));
        rows.push([name, stack, depth, path, norm.mean, relative.mean, ...intervalCells(relative)]);
        return { depth, norm: norm.mean, relative: relative.mean };
      });
      lines[`${name} ${stack}`] = points;
      ends.push(`${name} ${stack}: |dx_0| / |dx_N| = ${format(points[0]!.relative)}`);
    }
  }
  const headers = ['architecture', 'stack', 'i', 'path', 'norm', 'relative', 'low', 'high'];
  return {
    text: `${table(headers, rows)}\n\n${ends.join('\n')}`,
    headers,
    rows,
    json: { provenance: await provenanceOfCommand(args, options, architectures), gradients: found },
    figure: gradientFigure(lines),
  };
};
