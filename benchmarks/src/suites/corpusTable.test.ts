import { describe, expect, it } from 'vitest';
import type { Outcome } from '../harness/measure';
import { corpusTable, GROUPED, OURS, ROUND, roundsOf } from './corpusTable';

const outcome = (name: string, seconds: number[], tokens: number[], peakBytes = 2 ** 20): Outcome => ({
  name,
  versions: {},
  samples: { [ROUND]: seconds },
  cpuSamples: { [ROUND]: seconds.map((value) => 2 * value) },
  refused: {},
  facts: {
    parameters: 7,
    rounds: [99, ...tokens].map((n) => ({ updates: 2, tokens: n, positions: 2 * n, loss: 3 })),
  },
  peakBytes,
});

describe('roundsOf', () => {
  it('leaves the warm-up out', () => {
    expect(
      roundsOf(outcome('a', [1, 2], [10, 30])).map(({ seconds, round }) => [seconds, round.tokens]),
    ).toEqual([
      [1, 10],
      [2, 30],
    ]);
    expect(roundsOf({ ...outcome('a', [], []), samples: {} })).toEqual([]);
  });
});

describe('corpusTable', () => {
  const ours = outcome(OURS, [1, 2, 1], [100, 200, 90]);

  it('compares tokens a second, round by round', () => {
    const other = outcome(`Marian (${GROUPED})`, [2, 8, 2], [100, 400, 90], 2 ** 22);
    const shared = { ...ours, facts: { ...ours.facts, replicas: 2 } };
    const { rows, notes } = corpusTable('t', [shared, other]);
    expect(rows.map((row) => row.slice(0, 6))).toEqual([
      [ours.name, '100', '200', '1.00 (1.00-1.00)', '500', '1000'],
      [other.name, '50', '100', '0.500 (0.500-0.500)', '1000', '2000'],
    ]);
    expect(rows[0]!.slice(-4)).toEqual(['', '7', '3.000', '3']);
    expect(notes).toEqual([
      `${ours.name} has 2.00 (2.00-2.00) x the target tokens/s of ${other.name}, at 0.25 of its peak RSS, imports included`,
      `${ours.name}: replicas 2`,
    ]);
  });

  it('says so where batches that should be the same are not', () => {
    const other = outcome('Marian', [2, 4, 2], [100, 201, 90]);
    expect(corpusTable('t', [ours, other]).notes).toContain(
      `**Marian saw other tokens than ${ours.name}: its ratio compares other work**`,
    );
  });

  it('names who is missing', () => {
    const missing = { ...outcome('joey', [], []), samples: {}, skipped: 'no module' };
    const { rows, notes } = corpusTable('t', [missing]);
    expect(rows).toEqual([]);
    expect(notes).toEqual(['joey: skipped, no module']);
  });
});
