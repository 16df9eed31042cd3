import type { FixedWeights, Transformer } from '@steadyformer/core';
import { ensembleOf } from './ensembleDecoder';
import type { EncodedSource } from './sources';
import type { StepDecoder } from './stepDecoder';
import { TransformerDecoder } from './transformerDecoder';

/** What decodes a group of sources, padded to the longest, by one model or by several together. */
export const groupDecoder = (
  models: readonly Transformer[],
  group: readonly EncodedSource[],
  pad: number,
  weights: FixedWeights,
): StepDecoder => {
  const width = Math.max(...group.map(({ ids }) => ids.length));
  const source = new Int32Array(group.length * width).fill(pad);
  for (const [row, { ids }] of group.entries()) source.set(ids, row * width);
  const made: StepDecoder[] = [];
  try {
    for (const model of models)
      made.push(new TransformerDecoder(model, source, [group.length, width], weights));
    return ensembleOf(made);
  } catch (error) {
    for (const decoder of made) decoder.dispose();
    throw error;
  }
};
