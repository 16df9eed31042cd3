import { effectivenessFigure, type LayerEffectiveness, layerEffectiveness } from '@steadyformer/analysis';
import { mean } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import type { CommandResult } from '../../output/outputFiles';
import { type Cell, table } from '../../output/table';
import { type ModelOptions, sizesOf } from '../options';
import { architecturesOf } from '../subject/architectures';
import { lossOf } from '../subject/subject';
import { type CommandContext, provenanceOfCommand } from './command';

export interface EffectivenessCommand extends ModelOptions {
  readonly seeds: number;
  readonly level: 'subLayer' | 'block';
  readonly loss?: boolean;
}

type Found = Readonly<Record<string, readonly LayerEffectiveness[]>>;

/** Layer effectiveness of every stack, mean over networks, or over batches of a saved model. */
export const runEffectiveness = async (
  options: EffectivenessCommand,
  { progress, args }: CommandContext,
): Promise<CommandResult> => {
  const { level, loss: wanted = false } = options;
  const architectures = await architecturesOf(options, sizesOf(options));
  const rows: Cell[][] = [];
  const lines: Record<string, readonly LayerEffectiveness[]> = {};
  const found: Record<string, Found> = {};
  for (const { name, build } of architectures) {
    const runs: Found[] = [];
    for (let seed = 1; seed <= options.seeds; seed++) {
      const { model, batch } = await build(seed);
      try {
        const loss = wanted ? { loss: lossOf(model) } : {};
        runs.push(await layerEffectiveness(model, batch, { level, ...loss }));
      } finally {
        model.dispose();
        tf.dispose(batch as tf.TensorContainer);
      }
      progress(`${name}: ${seed} of ${options.seeds} networks`);
    }
    found[name] = meanOf(runs);
    const stacks = Object.entries(found[name]);
    for (const [stack, layers] of stacks) {
      lines[stacks.length > 1 ? `${name} ${stack}` : name] = layers;
      for (const { depth, path, angle, influence, outputChange, lossChange } of layers) {
        rows.push([
          ...[name, depth, path, angle, influence, outputChange],
          ...(lossChange === undefined ? [] : [lossChange]),
        ]);
      }
    }
  }
  const headers = [
    ...['architecture', 'i', 'path', 'angle / pi', 'influence', 'output change'],
    ...(wanted ? ['loss change'] : []),
  ];
  return {
    text: table(headers, rows),
    headers,
    rows,
    json: { provenance: await provenanceOfCommand(args, options, architectures), effectiveness: found },
    figure: effectivenessFigure(lines),
  };
};

const meanOf = (runs: readonly Found[]): Found =>
  Object.fromEntries(
    Object.entries(runs[0]!).map(([stack, layers]) => [
      stack,
      layers.map((layer, i) => {
        const over = (of: (each: LayerEffectiveness) => number): number =>
          mean(runs.map((run) => of(run[stack]![i]!)));
        return {
          ...layer,
          angle: over(({ angle }) => angle),
          influence: over(({ influence }) => influence),
          outputChange: over(({ outputChange }) => outputChange),
          ...(layer.lossChange === undefined ? {} : { lossChange: over(({ lossChange = 0 }) => lossChange) }),
        };
      }),
    ]),
  );
