import { describe, expect, it } from 'vitest';
import { beamSearch } from './beam';
import { greedySearch } from './greedy';
import type { StepDecoder } from './stepDecoder';
import { topCandidates } from './topCandidates';

const EOS = 0;

/** A decoder that knows the probability of every next token from what was said: text[] -> probabilities. */
class TableDecoder implements StepDecoder {
  readonly vocabulary = 4;
  disposed = false;
  private said: number[][];

  constructor(
    rows: number,
    private readonly next: (said: readonly number[]) => readonly number[],
  ) {
    this.said = Array.from({ length: rows }, () => []);
  }

  get rows(): number {
    return this.said.length;
  }

  async step(ids: Int32Array): Promise<Float32Array> {
    expect(ids.length).toBe(this.said.length);
    for (const [row, id] of ids.entries()) this.said[row]!.push(id);
    return Float32Array.from(this.said.flatMap((said) => this.next(said.slice(1)).map(Math.log)));
  }

  select(indices: readonly number[]): void {
    this.said = indices.map((i) => [...this.said[i]!]);
  }

  dispose(): void {
    this.disposed = true;
  }
}

/** Greedy falls for 1 (0.5) and then has nothing good; 2 (0.4) leads to a sure end. */
const trap = (said: readonly number[]): number[] => {
  if (said.length === 0) return [0.01, 0.5, 0.4, 0.09];
  if (said[0] === 1 && said.length === 1) return [0.3, 0.3, 0.2, 0.2];
  return [0.97, 0.01, 0.01, 0.01];
};

/** Every way to go on, tried: the oracle. */
const exhaustive = (maxLength: number, power: number) => {
  const all: { ids: number[]; score: number }[] = [];
  const visit = (said: number[], sum: number): void => {
    for (const [token, p] of trap(said).entries()) {
      const total = sum + Math.log(p);
      if (token === EOS) all.push({ ids: said, score: total / (said.length + 1) ** power });
      else if (said.length + 1 < maxLength) visit([...said, token], total);
    }
  };
  visit([], 0);
  return all.sort((a, b) => b.score - a.score);
};

describe('greedySearch', () => {
  it('takes the likeliest token each time', async () => {
    const decoder = new TableDecoder(2, trap);
    const [one, two] = await greedySearch(decoder, { eos: EOS, maxLength: 5 });
    expect(one!.ids).toEqual([1]);
    expect(one!.logProbability).toBeCloseTo(Math.log(0.5 * 0.3), 6);
    expect(one!.finished).toBe(true);
    expect(two).toEqual(one);
    expect(decoder.disposed).toBe(true);
  });

  it('never says what is forbidden, and stops at the longest length', async () => {
    const decoder = new TableDecoder(1, () => [0.1, 0.5, 0.3, 0.1]);
    const [only] = await greedySearch(decoder, { eos: EOS, forbidden: [1], maxLength: 3 });
    expect(only!.ids).toEqual([2, 2, 2]);
    expect(only!.finished).toBe(false);
  });

  it('lets finished rows go while others talk on', async () => {
    // Row r begins with token r + 1 and talks until it has said r + 1 tokens.
    const decoder = new TableDecoder(3, (said) => {
      const length = said[0] ?? 0;
      return said.length < length ? [0, 0.2, 0.2, 0.6] : [0.7, 0.1, 0.1, 0.1];
    });
    const starts = [1, 2, 3];
    const firstStep = decoder.step.bind(decoder);
    decoder.step = async (ids) => {
      const values = await firstStep(ids);
      const isFirst = ids.every((id) => id === EOS);
      if (isFirst) for (const [row, start] of starts.entries()) values[row * 4 + start] = 1;
      return values;
    };
    const hypotheses = await greedySearch(decoder, { eos: EOS, maxLength: 9 });
    expect(hypotheses.map(({ ids }) => ids)).toEqual([[1], [2, 3], [3, 3, 3]]);
  });
});

describe('beamSearch', () => {
  it('finds what greedy search misses', async () => {
    const [hypotheses] = await beamSearch(new TableDecoder(1, trap), { eos: EOS, maxLength: 6, beamSize: 2 });
    const best = hypotheses![0]!;
    expect(best.ids).toEqual([2]);
    expect(best.logProbability).toBeCloseTo(Math.log(0.4 * 0.97), 6);
  });

  it('agrees with an exhaustive search where the beam is wide', async () => {
    const [hypotheses] = await beamSearch(new TableDecoder(1, trap), {
      eos: EOS,
      maxLength: 4,
      beamSize: 30,
    });
    const oracle = exhaustive(4, 1);
    for (const [i, { ids, score }] of hypotheses!.slice(0, 8).entries()) {
      expect(score).toBeCloseTo(oracle[i]!.score, 5);
      expect(oracle.slice(0, 12).map((h) => h.ids.join())).toContain(ids.join());
    }
  });

  it('ranks by the length penalty', async () => {
    const coin = (said: readonly number[]): number[] => (said.length < 3 ? [0.5, 0.5, 0, 0] : [1, 0, 0, 0]);
    const best = async (lengthPenalty: number) =>
      (
        await beamSearch(new TableDecoder(1, coin), { eos: EOS, maxLength: 6, beamSize: 3, lengthPenalty })
      )[0]![0]!;
    expect((await best(0)).ids).toEqual([]);
    expect((await best(2)).ids.length).toBeGreaterThan(1);
  });

  it('keeps sentences of a batch apart', async () => {
    const alone = await beamSearch(new TableDecoder(1, trap), { eos: EOS, maxLength: 6, beamSize: 3 });
    const together = await beamSearch(new TableDecoder(3, trap), { eos: EOS, maxLength: 6, beamSize: 3 });
    for (const hypotheses of together) expect(hypotheses).toEqual(alone[0]);
  });

  it('gives what it has at the longest length', async () => {
    const endless = () => [0, 0.6, 0.3, 0.1];
    const [hypotheses] = await beamSearch(new TableDecoder(1, endless), {
      eos: EOS,
      maxLength: 3,
      beamSize: 2,
    });
    expect(hypotheses![0]!.ids).toEqual([1, 1, 1]);
    expect(hypotheses![0]!.finished).toBe(false);
  });
});

describe('topCandidates', () => {
  it('agrees with a full sort', () => {
    const values = Float32Array.from({ length: 60 }, (_, i) => Math.sin(i * 12.9898) * 3);
    const rows = [
      { row: 0, sum: -1 },
      { row: 2, sum: -0.5 },
    ];
    const all = rows.flatMap(({ row, sum }, hypothesis) =>
      Array.from({ length: 20 }, (_, token) => ({ hypothesis, token, sum: sum + values[row * 20 + token]! })),
    );
    const sorted = all.filter(({ token }) => token !== 7).sort((a, b) => b.sum - a.sum);
    expect(topCandidates(values, 20, rows, 9, [7])).toEqual(sorted.slice(0, 9));
  });
});
