import type { Module, NamedArray, NamedStacks, Positions, TokenEmbedding } from '@steadyformer/core';
import type { MutableState } from './foldStacks';
import { multiplyColumns } from './rows';

/** The table of the ids that enter a stack: which it is in the model, and which it becomes. */
export interface InputTable {
  readonly from: string;
  readonly to: string;
}

/** A table of its own for every embedding, and position vectors of its own for every input where they are stored. */
export const untie = async (
  model: NamedStacks,
  positions: Positions,
  inputs: readonly InputTable[],
  state: MutableState,
): Promise<void> => {
  for (const [name, entry] of Object.entries(model.architecture.embeddings)) {
    if (typeof entry === 'string') state[`${name}.table`] ??= state[`${entry}.table`]!;
  }
  for (const { from, to } of inputs) {
    state[`${to}.table`] ??= state[`${from}.table`]!;
    const stored = state[`${from}.positionTable`];
    if (stored) state[`${to}.positionTable`] ??= stored;
  }
  // Positions are an input's: a table that only the output reads has none.
  const tables = new Set(inputs.map(({ to }) => to));
  for (const { from } of inputs) if (!tables.has(from)) delete state[`${from}.positionTable`];
  const [first] = inputs;
  if (!first || positions.kind !== 'learned') return;
  const vectors =
    state[`${first.to}.positionTable`] ?? (await computedVectors(model, first.from, positions.length));
  for (const { to } of inputs) state[`${to}.positionTable`] ??= vectors;
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
