import type { Module, NamedArray, NamedStacks, Positions, TokenEmbedding } from '@steadyformer/core';
import type { MutableState } from './foldStacks';
import { multiplyColumns } from './rows';

/** A table of its own for every embedding, and position vectors of its own for every input where they are stored. */
export const untie = async (
  model: NamedStacks,
  positions: Positions,
  inputs: readonly string[],
  state: MutableState,
): Promise<void> => {
  for (const [name, entry] of Object.entries(model.architecture.embeddings)) {
    if (typeof entry === 'string') state[`${name}.table`] ??= state[`${entry}.table`]!;
  }
  if (inputs.length === 0 || positions.kind !== 'learned') return;
  const first = `${inputs[0]}.positionTable`;
  state[first] ??= await computedVectors(model, inputs[0]!, positions.length);
  for (const name of inputs) state[`${name}.positionTable`] ??= state[first];
};

/** Sinusoids as the embedding adds them, [length, D]. */
const computedVectors = async (model: Module, name: string, length: number): Promise<NamedArray> => {
  const vectors = (model.at(name) as TokenEmbedding).positionVectors(0, length);
  const data = Float32Array.from(await vectors.data<'float32'>());
  vectors.dispose();
  return { shape: vectors.shape, data };
};

/** Multiplies the rows of an embedding, and of its positions, by its stack's first omega. */
export const scaleEmbedding = (name: string, omega: Float32Array | undefined, state: MutableState): void => {
  if (!omega) return;
  for (const key of [`${name}.table`, `${name}.positionTable`]) {
    if (state[key]) state[key] = multiplyColumns(state[key], omega);
  }
};
