import { type Loss, outputChange, type WeightChange } from '@steadyformer/analysis';
import { type Stacked, SteadyformerError } from '@steadyformer/core';
import type { Changes } from './points';
import { short } from './points';

/** D_0 and D_N of one network; undefined where a number is not finite. */
type Ends = readonly [input: number | undefined, output: number | undefined];

/** Of the one stack there is, at its end. */
const endsOf = async <Batch>(
  model: Stacked<Batch>,
  batch: Batch,
  change: WeightChange<Batch>,
  seed: number,
): Promise<Ends> => {
  try {
    const depths = Object.values(model.stacks()).map((stack) => stack.subLayers().length);
    const [measured] = Object.values(await outputChange(model, batch, { change, seeds: [seed], depths }));
    return [measured![0]!.change.mean, measured!.at(-1)!.change.mean];
  } catch (error) {
    // Weights or activations overflow: a finding, where everything else is an error.
    if (error instanceof SteadyformerError && /not finite|overflow/u.test(error.message))
      return [undefined, undefined];
    throw error;
  }
};

/** The authors' steps. */
export const SIGN = 1e-4;
export const GRADIENT = 1e-6;

/** One depth of one seed. */
export type ChangesAt = { readonly [Key in keyof Changes]: number | null };

/** Where nothing is known. */
export const NOTHING: ChangesAt = { randomInput: null, random: null, alignedInput: null, aligned: null };

/** Both kinds of change of one network. */
export const changesOf = async <Batch>(
  model: Stacked<Batch>,
  batch: Batch,
  loss: Loss<Batch>,
  seed: number,
): Promise<ChangesAt> => {
  const random = await endsOf(model, batch, { kind: 'sign', size: SIGN }, seed);
  const aligned = await endsOf(model, batch, { kind: 'gradient', size: GRADIENT, loss }, seed);
  return {
    randomInput: short(random[0]),
    random: short(random[1]),
    alignedInput: short(aligned[0]),
    aligned: short(aligned[1]),
  };
};

/** Depths side by side. */
export const together = (at: readonly ChangesAt[]): Changes => ({
  randomInput: at.map(({ randomInput }) => randomInput),
  random: at.map(({ random }) => random),
  alignedInput: at.map(({ alignedInput }) => alignedInput),
  aligned: at.map(({ aligned }) => aligned),
});
