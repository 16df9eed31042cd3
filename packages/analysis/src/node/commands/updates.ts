import { type StateDict, SteadyformerError } from '@steadyformer/core';
import { readSafetensors } from '@steadyformer/core/node';
import { updateNorms } from '../../measure/updateNorms';
import { provenance } from '../options';
import type { CommandResult } from '../outputFiles';
import { table } from '../table';

/** Norms of the updates between two saved models, the largest ratio first. */
export const runUpdates = async (before: string, after: string): Promise<CommandResult> => {
  // One after the other, so that of two bad files the first is named.
  const one = await load(before);
  const other = await load(after);
  const norms = updateNorms(one, other).sort((a, b) => b.ratio - a.ratio);
  const headers = ['path', 'update', 'weight', 'ratio'];
  const rows = norms.map(({ path, update, weight, ratio }) => [path, update, weight, ratio]);
  return {
    text: table(headers, rows),
    headers,
    rows,
    json: { provenance: provenance('updates', { before, after }, 'none'), updates: norms },
  };
};

const load = async (file: string): Promise<StateDict> => {
  try {
    return (await readSafetensors(file)).tensors;
  } catch (error) {
    throw new SteadyformerError(
      `${file}: not a readable safetensors file (${error instanceof Error ? error.message : String(error)})`,
    );
  }
};
