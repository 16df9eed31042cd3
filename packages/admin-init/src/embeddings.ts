import { type FullConfig, type NamedArray, sinusoidalPositions } from '@steadyformer/core';
import type { MutableState } from './foldStacks';
import { multiplyColumns } from './rows';

/** A table of its own for every embedding, and stored positions where they were computed. */
export const untie = async (
  { positions, width, padId }: FullConfig,
  folded: Pick<FullConfig, 'positions'>,
  inputs: readonly string[],
  state: MutableState,
): Promise<void> => {
  const [first] = inputs;
  for (const name of [...inputs, 'outputEmbedding']) state[`${name}.table`] ??= state[`${first}.table`]!;
  if (folded.positions.kind !== 'learned') return;
  const { length } = folded.positions;
  if (positions.kind === 'sinusoidal') {
    state[`${first}.positionTable`] = await storedSinusoids(length, width, padId);
  }
  for (const name of inputs) state[`${name}.positionTable`] ??= state[`${first}.positionTable`]!;
};

const storedSinusoids = async (length: number, width: number, padId: number): Promise<NamedArray> => {
  const table = sinusoidalPositions(length, width, padId + 1);
  const data = Float32Array.from(await table.data());
  table.dispose();
  return { shape: [length, width], data };
};

/** Multiplies the rows of an embedding, and of its positions, by its stack's first omega. */
export const scaleEmbedding = (name: string, omega: Float32Array | undefined, state: MutableState): void => {
  if (!omega) return;
  for (const key of [`${name}.table`, `${name}.positionTable`]) {
    if (state[key]) state[key] = multiplyColumns(state[key], omega);
  }
};
