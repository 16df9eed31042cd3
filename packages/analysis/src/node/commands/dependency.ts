import * as tf from '@tensorflow/tfjs';
import { dependencyFigure } from '../../figures/dependency';
import { measureBranches } from '../../measure/branches';
import { dependency } from '../../measure/dependency';
import { predict } from '../../theory/predict';
import { encoderBuild, methodNamed } from '../architectures';
import { type ModelOptions, provenance, sizesOf } from '../options';
import type { CommandResult } from '../outputFiles';
import { type Cell, table } from '../table';

export interface DependencyCommand extends ModelOptions {
  readonly depth: number;
  readonly seed: number;
}

/** Measured layer dependency of one encoder, or of several beside each other. */
export const runDependency = async (
  options: DependencyCommand,
  progress: (line: string) => void,
): Promise<CommandResult> => {
  const sizes = await sizesOf(options);
  const rows: Cell[][] = [];
  const found: Record<string, unknown> = {};
  let figure = dependencyFigure([]);
  for (const name of options.architectures) {
    progress(`${name}: ${options.depth} blocks, width ${sizes.width}`);
    const { model, batch } = await encoderBuild(methodNamed(name), sizes)(options.depth, options.seed);
    const measured = (await dependency(model, batch)).encoder!;
    const predicted = (await predict(model, await measureBranches(model, batch))).encoder!;
    model.dispose();
    tf.dispose(batch);
    if (rows.length === 0) figure = dependencyFigure(measured.beta, `Layer dependency, ${name}`);
    found[name] = measured;
    for (const [i, path] of measured.paths.entries()) {
      rows.push([name, i + 1, path, measured.diagonal[i]!, predicted.diagonal[i]!, measured.beta[i]![0]!]);
    }
  }
  const headers = ['architecture', 'N', 'path', 'beta_ii', 'predicted', 'beta_i0'];
  return {
    text: table(headers, rows),
    headers,
    rows,
    json: { provenance: provenance('dependency', options, tf.getBackend()), dependency: found },
    figure,
  };
};
