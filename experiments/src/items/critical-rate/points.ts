import * as v from 'valibot';

export const METHODS = ['postLN', 'preLN', 'admin', 'completeP'] as const;
export type Method = (typeof METHODS)[number];

export const LABELS: Readonly<Record<Method, string>> = {
  postLN: 'Post-LN',
  preLN: 'Pre-LN',
  admin: 'Admin',
  completeP: 'CompleteP',
};

const limit = v.nullable(v.number());

/** One network: the limits that one measured step gives, and what came of training at multiples of the change's. */
export const point = v.object({
  method: v.picklist(METHODS),
  /** Blocks. */
  depth: v.number(),
  seed: v.number(),
  limits: v.object({ curvature: limit, loss: limit, change: limit }),
  /** The change's limit as `rateTransfer` gives it from that of the shallowest network of the seed. */
  transferred: v.number(),
  /** Loss in nats of what knows only how often each subword occurs. */
  unigram: v.number(),
  runs: v.array(
    v.object({
      /** Rate over the change's limit. */
      factor: v.number(),
      /** Mean training loss of the last updates, in nats; null where a number was not finite. */
      end: v.nullable(v.number()),
      /** Largest rise of the loss from one update to a later one, in nats. */
      spike: v.number(),
    }),
  ),
});
export type Point = v.InferOutput<typeof point>;
export type Run = Point['runs'][number];

/** Nats by which a run ends worse than the best at a smaller rate. */
const WORSE = 0.2;

const endOf = ({ end }: Run): number => end ?? Number.POSITIVE_INFINITY;

/** What came of a run beside those at smaller rates. */
const grades = {
  /** It ended worse than one of them, by 0.2 nats or with a number that is not finite. */
  worse: (run: Run, { runs }: Point): boolean => {
    const smaller = runs.filter(({ factor }) => factor < run.factor);
    return run.end === null || run.end > Math.min(...smaller.map(endOf)) + WORSE;
  },
  /** So, and no better than the unigrams. */
  failed: (run: Run, of: Point): boolean => grades.worse(run, of) && endOf(run) > of.unigram,
} as const;
export type Grade = keyof typeof grades;

/** The smallest factor from which on training is so; null where it is at none. */
export const breakingFactor = (of: Point, grade: Grade = 'worse'): number | null => {
  const runs = of.runs.toSorted((a, b) => a.factor - b.factor);
  const last = runs.findLastIndex((run) => !grades[grade](run, of));
  return runs[last + 1]?.factor ?? null;
};

/** The factor with the lowest loss at the end. */
export const bestFactor = ({ runs }: Point): number =>
  runs.toSorted((a, b) => endOf(a) - endOf(b))[0]!.factor;
