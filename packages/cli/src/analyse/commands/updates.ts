import { gradientNorms, type UpdateNorm, updateNorms, updatesFigure } from '@steadyformer/analysis';
import { fromConfig, loadStateDict, type StateDict } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { readSavedModel } from '../../input/savedModel';
import type { CommandResult } from '../../output/outputFiles';
import { type Cell, table } from '../../output/table';
import { type ModelOptions, sizesOf } from '../options';
import { provenanceOf } from '../provenance';
import { withConfig } from '../subject/architectures';
import { type AnyBatch, batchOf, lossOf, type Subject } from '../subject/subject';
import type { CommandContext } from './command';

export type UpdatesCommand = Omit<ModelOptions, 'architectures' | 'model'>;

/**
 * Norms of the updates between two saved models, the largest ratio first, beside the gradients of a batch at the
 * first where its config is known.
 */
export const runUpdates = async (
  before: string,
  after: string,
  options: UpdatesCommand,
  { progress, args }: CommandContext,
): Promise<CommandResult> => {
  // One after the other, so that of two bad files the first is named.
  const one = await readSavedModel(before);
  const other = await readSavedModel(after);
  const norms = updateNorms(one.parameters, other.parameters).sort((a, b) => relative(b) - relative(a));
  const known = one.config !== undefined || options.config.length > 0;
  const gradients = known ? await gradientsAt(before, options) : undefined;
  if (!known) progress(`${before} comes without a config: no gradients, no figure`);
  const updates = norms.map((norm) => ({ ...norm, gradient: gradients?.[norm.path] ?? 0 }));
  const headers = ['path', 'update', 'weight', 'ratio', ...(gradients ? ['gradient'] : [])];
  const rows = updates.map(({ path, update, weight, ratio, gradient }): Cell[] => [
    path,
    update,
    weight,
    // What started at 0 has no ratio.
    weight > 0 ? ratio : '',
    ...(gradients ? [gradient] : []),
  ]);
  return {
    text: table(headers, rows),
    headers,
    rows,
    json: {
      provenance: await provenanceOf({
        args,
        files: [before, after, ...options.config, ...(options.data === undefined ? [] : [options.data])],
        computed: known,
      }),
      updates: gradients ? updates : norms,
    },
    ...(gradients ? { figure: updatesFigure(updates) } : {}),
  };
};

const relative = ({ weight, ratio }: UpdateNorm): number => (weight > 0 ? ratio : -1);

const gradientsAt = async (
  path: string,
  options: UpdatesCommand,
): Promise<Readonly<Record<string, number>>> => {
  const { config, parameters } = await withConfig(path, options.config);
  const model = loaded(fromConfig(config) as unknown as Subject['model'], parameters);
  const batch: AnyBatch = await batchOf(config, sizesOf({ ...options, model: [] }), 1);
  try {
    return (await gradientNorms(model, batch, lossOf(model))).parameters;
  } finally {
    model.dispose();
    tf.dispose(batch as tf.TensorContainer);
  }
};

const loaded = (model: Subject['model'], parameters: StateDict): Subject['model'] => {
  loadStateDict(model, parameters);
  return model;
};
