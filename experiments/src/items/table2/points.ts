import * as v from 'valibot';
import { METHODS, type Method } from '../../measure/methods';

/** What came of one run. */
export const point = v.object({
  corpus: v.string(),
  method: v.picklist(METHODS),
  seed: v.number(),
  diverged: v.boolean(),
  /** Of test text; 0 where it diverged. */
  bleu: v.number(),
  chrF: v.number(),
  /** Of test text, and the best of validation text; null where it diverged. */
  perplexity: v.nullable(v.number()),
  validPerplexity: v.nullable(v.number()),
  /** Mean beta_ii of the stacks of the trained model; null where it diverged. */
  encoderBeta: v.nullable(v.number()),
  decoderBeta: v.nullable(v.number()),
});
export type Point = v.InferOutput<typeof point>;

/** The runs of a text and method, by seed. */
export const runsOf = (points: readonly Point[], corpus: string, method: Method): Point[] =>
  points
    .filter((each) => each.corpus === corpus && each.method === method)
    .toSorted((a, b) => a.seed - b.seed);

export const corporaOf = (points: readonly Point[]): string[] => [
  ...new Set(points.map(({ corpus }) => corpus)),
];

/** Mean beta_ii of both stacks. */
export const leaning = ({ encoderBeta, decoderBeta }: Point): number =>
  encoderBeta === null || decoderBeta === null ? Number.NaN : (encoderBeta + decoderBeta) / 2;
