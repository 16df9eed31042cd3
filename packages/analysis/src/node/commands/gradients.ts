import * as tf from '@tensorflow/tfjs';
import { gradientFigure } from '../../figures/gradients';
import { gradientNorms, type OutputGradient } from '../../measure/gradientNorms';
import { methodNamed, transformerSubject } from '../architectures';
import { type ModelOptions, provenance, sizesOf } from '../options';
import type { CommandResult } from '../outputFiles';
import { type Cell, table } from '../table';

export interface GradientsCommand extends ModelOptions {
  readonly depth: number;
  readonly seed: number;
}

/** Gradient norms of every sub-layer output of encoder-decoder models, from the loss of a batch. */
export const runGradients = async (
  options: GradientsCommand,
  progress: (line: string) => void,
): Promise<CommandResult> => {
  const sizes = await sizesOf(options);
  const rows: Cell[][] = [];
  const lines: Record<string, readonly OutputGradient[]> = {};
  const ends: string[] = [];
  const all: Record<string, unknown> = {};
  for (const name of options.architectures) {
    progress(`${name}: ${options.depth} + ${options.depth} blocks, width ${sizes.width}`);
    const subject = await transformerSubject(methodNamed(name), options.depth, sizes, options.seed);
    const measured = await gradientNorms(subject.model, subject.batch, subject.loss);
    subject.model.dispose();
    tf.dispose([subject.batch.source, subject.batch.target]);
    all[name] = measured;
    for (const [stack, outputs] of Object.entries(measured.outputs)) {
      lines[`${name} ${stack}`] = outputs;
      for (const { depth, path, norm, relative } of outputs)
        rows.push([name, stack, depth, path, norm, relative]);
      ends.push(`${name} ${stack}: |dx_0| / |dx_N| = ${outputs[0]!.relative.toPrecision(3)}`);
    }
  }
  const headers = ['architecture', 'stack', 'i', 'path', 'norm', 'relative'];
  return {
    text: `${table(headers, rows)}\n\n${ends.join('\n')}`,
    headers,
    rows,
    json: { provenance: provenance('gradients', options, tf.getBackend()), gradients: all },
    figure: gradientFigure(lines),
  };
};
