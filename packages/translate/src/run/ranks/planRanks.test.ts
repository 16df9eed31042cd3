import { describe, expect, it } from 'vitest';
import type { RunPlan } from '../runPlan';
import { planRanks, type RanksToPlan } from './planRanks';

const P = 1_000_000;
/** 100 sentences in 1.02 s, one in 0.03 s: 0.02 s are calls, and each sentence takes 0.01 s. */
const plan = (measured: object = {}): RunPlan =>
  ({
    training: { updates: 10, tokensAnUpdate: 2000, rates: [] },
    model: { trained: P },
    memory: { parameters: 4 * P, optimizer: 12 * P },
    measured: {
      replicas: 1,
      updates: [{ target: [100, 20], gradientSeconds: 1.02, stepSeconds: 0.08 }],
      secondsAnUpdate: 1.1,
      sentenceSeconds: 0.03,
      tokensPerSecond: 2000 / 1.1,
      ...measured,
    },
  }) as unknown as RunPlan;
const given = (changes: Partial<RanksToPlan> = {}): RanksToPlan => ({
  ranks: 4,
  link: { bandwidth: 1e8, latency: 0 },
  memory: 1e15,
  ...changes,
});
const last = (changes: Partial<RanksToPlan> = {}, of: RunPlan = plan()) =>
  planRanks(of, given(changes)).at(-1)!;

describe('planRanks', () => {
  it('of one rank is what was measured', () => {
    const [one] = planRanks(plan(), given());
    expect(one).toMatchObject({ ranks: 1, exchangeSeconds: 0, bytesAnUpdate: 0, bytes: 16 * P });
    expect([one!.seconds, one!.tokensPerSecond, one!.efficiency]).toEqual([
      expect.closeTo(1.1, 12),
      expect.closeTo(2000 / 1.1, 8),
      expect.closeTo(1, 12),
    ]);
  });

  it('divides sentences, step and moments, and adds calls and the exchange', () => {
    const four = last();
    expect(four.gradientSeconds).toBeCloseTo(0.02 + 0.25, 12);
    expect(four.stepSeconds).toBeCloseTo(0.02, 12);
    // 2 x 3/4 of 4 MB at 100 MB/s.
    expect(four.exchangeSeconds).toBeCloseTo(0.06, 7);
    expect(four.seconds).toBeCloseTo(0.35, 7);
    expect(four.efficiency).toBeCloseTo(1.1 / 4 / 0.35, 6);
    expect(four.bytesAnUpdate).toBe(12e6);
    expect(four.bytes).toBe(8 * P + (8 * P) / 4);
  });

  it('counts with the rank that has the most sentences', () => {
    expect(last({ ranks: 3 }).gradientSeconds).toBeCloseTo(0.02 + 0.34, 12);
    expect(last({ ranks: 64 }).gradientSeconds).toBeCloseTo(0.02 + 0.02, 12);
    expect(last({ ranks: 300 }).gradientSeconds).toBeCloseTo(0.02 + 0.01, 12);
  });

  it('takes accumulated batches each with calls of its own', () => {
    // Three batches: 3.06 s and the step.
    expect(last({}, plan({ secondsAnUpdate: 3.14 })).gradientSeconds).toBeCloseTo(3 * 0.27, 12);
  });

  it('spreads an outer step over its updates, hides what a delay hides, and keeps moments whole', () => {
    const outer = { every: 50, precision: 'float32', delay: 0 } as const;
    const four = last({ outer });
    expect([four.stepSeconds, four.exchangeSeconds]).toEqual([0.08, expect.closeTo(0.06 / 50, 8)]);
    expect(four.bytesAnUpdate).toBe(12e6 / 50);
    expect(four.bytes).toBe((16 + 8) * P);
    // A link of which an exchange takes 6 s: ten updates of 0.35 s hide 3.5 s of it.
    const slow = { link: { bandwidth: 1e6, latency: 0 } };
    expect(last({ ...slow, outer: { ...outer, delay: 10 } }).exchangeSeconds).toBeCloseTo((6 - 3.5) / 50, 6);
    expect(last({ ...slow, outer: { ...outer, delay: 49 } }).exchangeSeconds).toBe(0);
    const int8 = last({ ...slow, outer: { every: 50, precision: 'int8', delay: 1 } });
    expect(int8.bytes).toBe((16 + 16) * P);
  });

  it('is of powers of two and the most', () => {
    const ranksOf = (ranks: number) => planRanks(plan(), given({ ranks })).map((each) => each.ranks);
    expect([ranksOf(1), ranksOf(8), ranksOf(12)]).toEqual([[1], [1, 2, 4, 8], [1, 2, 4, 8, 12]]);
  });

  it('needs a plan that measured a part, and ranks', () => {
    const { measured: _, ...without } = plan();
    for (const each of [without as RunPlan, plan({ sentenceSeconds: undefined })]) {
      expect(() => planRanks(each, given())).toThrow('planRun(config, { parts: true })');
    }
    expect(() => planRanks(plan(), given({ ranks: 0 }))).toThrow('planRanks() ranks: received 0');
  });
});
