import * as v from 'valibot';

export const SHAPES = ['even', 'shallow', 'deep'] as const;
export type Shape = (typeof SHAPES)[number];
export const COMPARED = ['postLN', 'admin'] as const;
export type Compared = (typeof COMPARED)[number];

export interface Depth {
  readonly encoder: number;
  readonly decoder: number;
}

/** One network: how far its outputs move at first, as predicted and as measured, and what came of its training. */
export const point = v.object({
  /** 12-12, 12-3, or 60-12, reduced as the size says. */
  shape: v.picklist(SHAPES),
  method: v.picklist(COMPARED),
  seed: v.number(),
  encoder: v.number(),
  decoder: v.number(),
  /** D_N of encoder and of decoder by theorem 2, random step. */
  predictedEncoder: v.number(),
  predictedDecoder: v.number(),
  /** D_N as measured, the change of the decoder's memory included. */
  measuredEncoder: v.number(),
  measuredDecoder: v.number(),
  /** The same after one step along the gradient. */
  gradientDecoder: v.number(),
  /** Negative log-likelihood a token, every tenth update's mean of ten. */
  curve: v.array(v.number()),
  /** Whether a loss or gradient was not finite. */
  diverged: v.boolean(),
  /** Nats below the entropy of the target's unigrams at the end; 0 where it diverged. */
  learned: v.number(),
});
export type Point = v.InferOutput<typeof point>;

/** Half the unigrams' perplexity: what is above has not learned to translate. */
export const hasFailed = ({ diverged, learned }: Point): boolean => diverged || learned < Math.LN2;

export const networks = (points: readonly Point[], shape: Shape, method: Compared): Point[] =>
  points.filter((each) => each.shape === shape && each.method === method).toSorted((a, b) => a.seed - b.seed);

export const shapeText = (points: readonly Point[], shape: Shape): string => {
  const { encoder, decoder } = points.find((each) => each.shape === shape)!;
  return `${encoder}-${decoder}`;
};
