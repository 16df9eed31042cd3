import * as v from 'valibot';

export const STAGES = ['start', 'theory', 'trained', 'learning'] as const;
export type Stage = (typeof STAGES)[number];

const numbers = v.array(v.nullable(v.number()));

/** D_N of the networks of one seed, one built for each depth; null where a number is not finite. */
const changes = v.object({
  /** D_0 and D_N after signs of 1e-4 on every weight. */
  randomInput: numbers,
  random: numbers,
  /** D_0 and D_N after signs of the loss's gradient, 1e-6. */
  alignedInput: numbers,
  aligned: numbers,
});
export type Changes = v.InferOutput<typeof changes>;

/** What every cell says beside its numbers. */
const shared = {
  method: v.string(),
  /** What the numbers depend on, see `methods.ts`. */
  fingerprint: v.string(),
  /** Networks of a point. */
  seeds: v.number(),
  /** Of measuring. */
  seconds: v.number(),
  /** Why there are no numbers. */
  failed: v.optional(v.string()),
};

const start = v.object({
  stage: v.literal('start'),
  ...shared,
  width: v.number(),
  /** N. */
  depths: v.array(v.number()),
  networks: v.array(v.object({ seed: v.number(), ...changes.entries })),
  lazyDepths: v.array(v.number()),
  /** Distance from the linearised network after an update of 1 % along the gradient's signs, by network. */
  lazy: v.array(v.object({ seed: v.number(), values: numbers, errors: numbers })),
});

const theory = v.object({
  stage: v.literal('theory'),
  ...shared,
  width: v.number(),
  depths: v.array(v.number()),
  /** The same changes of the same networks by theory; null where it has no form. */
  networks: v.array(v.object({ seed: v.number(), ...changes.entries })),
});

const trained = v.object({
  stage: v.literal('trained'),
  ...shared,
  depths: v.array(v.number()),
  networks: v.array(
    v.object({
      seed: v.number(),
      before: changes,
      after: changes,
      /** Loss of the last update at each depth. */
      losses: numbers,
    }),
  ),
});

const learning = v.object({
  stage: v.literal('learning'),
  ...shared,
  runs: v.array(
    v.object({
      /** Blocks. */
      layers: v.number(),
      /** Peak learning rate. */
      rate: v.number(),
      seed: v.number(),
      /** Held-out negative log-likelihood a token at the end; null where a number was not finite. */
      nll: v.nullable(v.number()),
      /** That of a model that knows only how often each subword occurs. */
      unigram: v.number(),
    }),
  ),
});

/** One method at one stage: all that a cell measures. */
export const point = v.variant('stage', [start, theory, trained, learning]);
export type Point = v.InferOutput<typeof point>;
export type StartPoint = v.InferOutput<typeof start>;
export type TheoryPoint = v.InferOutput<typeof theory>;
export type TrainedPoint = v.InferOutput<typeof trained>;
export type LearningPoint = v.InferOutput<typeof learning>;

/** Four digits say more than networks scatter. */
export const short = (x: number | undefined): number | null =>
  x !== undefined && Number.isFinite(x) ? Number(x.toPrecision(4)) : null;
