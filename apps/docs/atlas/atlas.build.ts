import { readResult } from '../../../experiments/src/framework/results';
import { atlas } from '../../../experiments/src/items/atlas/atlas';
import { factsOf } from '../../../experiments/src/items/atlas/facts';
import type { WithInterval } from '../../../experiments/src/items/atlas/growth';
import type { Point } from '../../../experiments/src/items/atlas/points';
import { SMALL } from '../../../experiments/src/items/atlas/sizes';
import { titleOf } from '../methods/titles';
import { type Finding, findingsOf } from './findings';
import type { AtlasRow, Interval } from './row';

/** What the page shows of the committed result. */
export interface AtlasData {
  readonly rows: readonly AtlasRow[];
  readonly findings: readonly Finding[];
  /** The greatest N of the start, and of laziness. */
  readonly deepest: number;
  readonly lazyDepth: number;
  /** Networks of a point at the start. */
  readonly networks: number;
  readonly layers: readonly number[];
  readonly rates: readonly number[];
  readonly updates: number;
}

const interval = (estimate: WithInterval | undefined): Interval | undefined =>
  estimate && { value: estimate.value, ...(estimate.interval ? { ends: estimate.interval } : {}) };

/** The committed result as rows, a method each. */
export const data = async (): Promise<AtlasData> => {
  const result = await readResult(atlas, 'small');
  if (!result) throw new Error('experiments/results/atlas.json is not there: npm run experiment -- atlas');
  const points = result.points as Point[];
  const facts = factsOf(points);
  const rows = facts.map(
    (row): AtlasRow => ({
      method: row.method,
      title: titleOf(row.method),
      ...(row.failed === undefined ? {} : { failed: row.failed }),
      word: row.word,
      random: interval(row.random?.exponent),
      aligned: interval(row.aligned?.exponent),
      randomTheory: interval(row.predicted?.random.exponent),
      alignedTheory: interval(row.predicted?.aligned.exponent),
      worst: row.predicted?.worst,
      factor: row.predicted?.factor,
      change: row.aligned?.means.at(-1),
      laziness: row.laziness?.value,
      byWidth: (row.widths?.at ?? []).map(({ width, aligned }) => [width, aligned.exponent?.value] as const),
      powerOfWidth: row.widths?.powers.aligned,
      after: interval(row.after?.aligned.exponent),
      settled: row.afterByBefore?.aligned,
      learned: row.learned,
    }),
  );
  return {
    rows,
    findings: findingsOf(facts),
    deepest: SMALL.start.depths.at(-1)!,
    lazyDepth: SMALL.start.lazy.depths.at(-1)!,
    networks: Math.max(0, ...points.flatMap((each) => (each.stage === 'start' ? each.networks.length : []))),
    layers: SMALL.learning.layers,
    rates: SMALL.learning.rates,
    updates: SMALL.learning.updates,
  };
};
