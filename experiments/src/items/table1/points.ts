import * as v from 'valibot';
import { learningFields } from '../../measure/learning';
import { ARCHITECTURES, type Architecture } from './architectures';

/** One network: its gradients before training, and what came of it. */
export const point = v.object({
  architecture: v.picklist(ARCHITECTURES),
  seed: v.number(),
  /** |dx_0| / |dx_N| of each stack before training. */
  encoderRatio: v.number(),
  decoderRatio: v.number(),
  ...learningFields,
});
export type Point = v.InferOutput<typeof point>;

export const networks = (points: readonly Point[], architecture: Architecture): Point[] =>
  points.filter((each) => each.architecture === architecture).toSorted((a, b) => a.seed - b.seed);
