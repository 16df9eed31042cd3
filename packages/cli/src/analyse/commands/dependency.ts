import {
  dependency,
  dependencyFigure,
  measureBranches,
  type Prediction,
  predict,
  sampled,
} from '@steadyformer/analysis';
import * as tf from '@tensorflow/tfjs';
import type { CommandResult } from '../../output/outputFiles';
import { type Cell, table } from '../../output/table';
import { type ModelOptions, sizesOf } from '../options';
import { architecturesOf } from '../subject/architectures';
import { type CommandContext, provenanceOfCommand } from './command';
import { intervalCells } from './interval';

export interface DependencyCommand extends ModelOptions {
  readonly seeds: number;
}

/** Measured layer dependency of every stack, mean over networks: of beta^2, so that rows keep their sum of 1. */
export const runDependency = async (
  options: DependencyCommand,
  { progress, args }: CommandContext,
): Promise<CommandResult> => {
  const architectures = await architecturesOf(options, sizesOf(options));
  const rows: Cell[][] = [];
  const found: Record<string, unknown> = {};
  const maps: Record<string, readonly (readonly number[])[]> = {};
  for (const { name, build } of architectures) {
    const runs: Awaited<ReturnType<typeof dependency>>[] = [];
    const predictions: Readonly<Record<string, Prediction>>[] = [];
    for (let seed = 1; seed <= options.seeds; seed++) {
      const { model, batch } = await build(seed);
      runs.push(await dependency(model, batch));
      predictions.push(await predict(model, await measureBranches(model, batch)));
      model.dispose();
      tf.dispose(batch as tf.TensorContainer);
      progress(`${name}: ${seed} of ${options.seeds} networks`);
    }
    const stacks = Object.keys(runs[0]!);
    found[name] = Object.fromEntries(
      stacks.map((stack) => {
        const beta = meanBeta(runs.map((run) => run[stack]!.beta));
        const diagonal = beta.map((_, i) => sampled(runs.map((run) => run[stack]!.diagonal[i]!)));
        const predicted = meanBeta(predictions.map((each) => each[stack]!.dependency));
        const { paths } = runs[0]![stack]!;
        maps[stacks.length > 1 ? `${name} ${stack}` : name] = beta;
        for (const [i, path] of paths.entries()) {
          const own = diagonal[i]!;
          rows.push([
            name,
            i + 1,
            path,
            own.mean,
            ...intervalCells(own),
            predicted[i]!.at(-1)!,
            beta[i]![0]!,
          ]);
        }
        return [stack, { paths, beta, diagonal, predicted, runs: runs.map((run) => run[stack]!) }];
      }),
    );
  }
  const headers = ['architecture', 'N', 'path', 'beta_ii', 'low', 'high', 'predicted', 'beta_i0'];
  return {
    text: table(headers, rows),
    headers,
    rows,
    json: {
      provenance: await provenanceOfCommand(args, options, architectures),
      dependency: found,
    },
    figure: dependencyFigure(maps),
  };
};

const meanBeta = (runs: readonly (readonly (readonly number[])[])[]): number[][] =>
  runs[0]!.map((row, i) =>
    row.map((_, j) => Math.sqrt(runs.reduce((sum, run) => sum + run[i]![j]! ** 2, 0) / runs.length)),
  );
