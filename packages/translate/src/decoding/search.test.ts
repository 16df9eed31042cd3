import { randomStream } from '@steadyformer/core';
import { describe, expect, it } from 'vitest';
import { type BeamOptions, beamSearch } from './beam';
import { EOS, randomTable, TableDecoder, trap } from './fixtures/tableDecoder';
import { greedySearch } from './greedy';
import { NOTHING } from './hypothesis';
import { lengthLimit, usualLength } from './lengthLimits';
import type { SearchOptions } from './searchOptions';
import { topCandidates } from './topCandidates';

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
    expect(decoder.disposed).toBe(1);
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

describe('one formula', () => {
  it('scores what is cut off by the tokens that were said, in greedy search as in beams', async () => {
    const endless = () => [0, 0.6, 0.3, 0.1];
    const options = { eos: EOS, maxLength: 4 };
    const [greedy] = await greedySearch(new TableDecoder(1, endless), options);
    expect(greedy!.score).toBeCloseTo(Math.log(0.6), 6); // -0.5108, not 4 log(0.6) / 5 = -0.4087
    const [[beam]] = (await beamSearch(new TableDecoder(1, endless), { ...options, beamSize: 1 })) as [
      [unknown],
    ];
    expect(greedy).toEqual(beam);
  });

  it('is the same to the bit for greedy search and a beam of one, and what a plain loop gives', async () => {
    const seen = { finished: 0, cutOff: 0 };
    for (let seed = 1; seed <= 60; seed++) {
      for (const power of [0, 0.6, 1, 2]) {
        const maxLength = 1 + (seed % 9);
        const options: SearchOptions = { eos: EOS, maxLength, lengthPenalty: power, forbidden: [3] };
        const [greedy] = await greedySearch(randomTable(seed), options);
        const [beams] = await beamSearch(randomTable(seed), { ...options, beamSize: 1 });
        expect(beams).toEqual([greedy]);
        const table = randomTable(seed);
        const ids: number[] = [];
        let [sum, last, ended] = [0, EOS, false];
        while (ids.length < maxLength && !ended) {
          const values = await table.step(Int32Array.of(last));
          last = [0, 1, 2, 4, 5].reduce((best, id) => (values[id]! > values[best]! ? id : best), 0);
          sum += values[last]!;
          if (last === EOS) ended = true;
          else ids.push(last);
        }
        const score = sum / (ids.length + (ended ? 1 : 0)) ** power;
        expect(greedy).toEqual({ ids, logProbability: sum, score, finished: ended });
        seen[ended ? 'finished' : 'cutOff']++;
      }
    }
    expect(Math.min(seen.finished, seen.cutOff)).toBeGreaterThan(30);
  });
});

describe('limits', () => {
  it('belong to a row', async () => {
    const endless = () => [0.001, 0.6, 0.3, 0.099];
    for (const beamSize of [1, 3]) {
      const rows = await beamSearch(new TableDecoder(3, endless), {
        ...{ eos: EOS, beamSize, maxLength: [2, 5, 1] },
      });
      expect(rows.map(([best]) => [best!.ids.length, best!.finished])).toEqual([
        [2, false],
        [5, false],
        [1, false],
      ]);
    }
  });

  it('stand where none is given', async () => {
    const [only] = await greedySearch(new TableDecoder(1, () => [0, 0.6, 0.3, 0.1]), { eos: EOS });
    expect(only!.ids).toHaveLength(200);
    expect(only!.finished).toBe(false);
  });

  it("of a translation are its own source's, within the positions", () => {
    expect(lengthLimit((n) => n, 6, undefined)).toBe(6);
    expect(lengthLimit((n) => 1.5 * n, 5, undefined)).toBe(7);
    expect(lengthLimit(usualLength, 6, 16)).toBe(16);
    expect(lengthLimit(() => Number.POSITIVE_INFINITY, 6, undefined)).toBe(1024);
    expect(lengthLimit(() => Number.POSITIVE_INFINITY, 2000, undefined)).toBe(4010);
    for (const bad of [0, -1, Number.NaN, 'many', undefined]) {
      expect(() => lengthLimit(() => bad as number, 6, undefined)).toThrow(
        'maxLength of 6 source tokens: received',
      );
    }
  });
});

describe('bad input', () => {
  const values = (list: readonly number[]) => {
    const decoder = new TableDecoder(2, () => [0.25, 0.25, 0.25, 0.25]);
    decoder.step = async () => Float32Array.from([...[0, -1, -2, -3], ...list]);
    return decoder;
  };

  it.each([Number.NaN, Number.POSITIVE_INFINITY])('log-probabilities of %s are an error', async (wrong) => {
    for (const list of [
      [wrong, wrong, wrong, wrong],
      [-1, -1, -1, wrong],
    ]) {
      for (const search of [greedySearch, beamSearch]) {
        const decoder = values(list);
        await expect(search(decoder, { eos: EOS })).rejects.toThrow(
          `row 1, token 1: the model's log-probabilities are ${wrong}.`,
        );
        expect(decoder.disposed).toBe(1);
      }
    }
  });

  it('a row of which nothing can follow is an error', async () => {
    const none = Number.NEGATIVE_INFINITY;
    await expect(greedySearch(values([none, none, none, none]), { eos: EOS })).rejects.toThrow(
      'row 1, token 1: every token that is allowed has probability 0.',
    );
    await expect(greedySearch(values([0, 0, 0, 0]), { eos: EOS, forbidden: [0, 1, 2, 3] })).rejects.toThrow(
      'row 0, token 1: every token that is allowed has probability 0.',
    );
  });

  it.each([
    [{ maxLength: 0 }, 'maxLength: received 0, allowed whole numbers >= 1'],
    [{ maxLength: Number.POSITIVE_INFINITY }, 'maxLength: received Infinity'],
    [{ maxLength: [3] }, 'limits in maxLength: received 1, allowed 2, one a row'],
    [{ lengthPenalty: Number.NaN }, 'lengthPenalty: received NaN, allowed finite numbers'],
    [{ beamSize: 0 }, 'beamSize: received 0, allowed whole numbers from 1 to 1000'],
    [{ beamSize: 1e6 }, 'beamSize: received 1000000, allowed whole numbers from 1 to 1000'],
    [{ eos: 99 }, 'beamSearch() eos: received 99, allowed whole numbers 0 to '],
    [{ start: '1' }, "beamSearch() start: received '1', allowed whole numbers 0 to "],
    [{ forbidden: [0, -1] }, 'beamSearch() forbidden: received [0, -1], allowed a list of whole numbers'],
    [{ forbidden: {} }, 'beamSearch() forbidden: received {}'],
    [{ maxLength: {} }, 'maxLength: received {}, allowed a whole number >= 1, or a list of them, one a row'],
    [{ stop: 'x' }, "beamSearch() stop: received 'x', allowed a function"],
    [{ onStep: 1 }, 'beamSearch() onStep: received 1, allowed a function'],
    [{ nameOf: [] }, 'beamSearch() nameOf: received [], allowed a function'],
    [{ beamsize: 2 }, "beamSearch(): unknown option 'beamsize', did you mean 'beamSize'"],
  ])('%o ends with one message, and the decoder is disposed', async (wrong, message) => {
    const decoder = new TableDecoder(2, trap);
    await expect(beamSearch(decoder, { eos: EOS, ...wrong } as BeamOptions)).rejects.toThrow(message);
    expect(decoder.disposed).toBe(1);
  });

  it('what a decoder or an observer throws comes through, and the decoder is disposed', async () => {
    const decoder = new TableDecoder(1, trap);
    const onStep = () => {
      throw new Error('enough');
    };
    await expect(greedySearch(decoder, { eos: EOS, onStep })).rejects.toThrow('enough');
    expect(decoder.disposed).toBe(1);
  });
});

it('nothing is certain: its log-probability is 0', () => {
  expect(NOTHING).toEqual({ ids: [], logProbability: 0, score: 0, finished: true });
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

  it('is a stable sort of the sums, ties, -Infinity and what cannot be added exactly among them', () => {
    const stream = randomStream(5);
    for (let round = 0; round < 400; round++) {
      const draw = stream.fork(round);
      const vocabulary = 1 + Math.floor(60 * draw.uniformAt(0));
      const rows = [0, 1, 2].map((row) => ({ row, sum: -3 * draw.uniformAt(row + 1) - 1e6 * (round % 2) }));
      const values = Float32Array.from({ length: 3 * vocabulary }, (_, i) => {
        const u = draw.uniformAt(i + 4);
        return u < 0.05 ? Number.NEGATIVE_INFINITY : u < 0.5 ? -Math.floor(4 * u) : -9 * u;
      });
      const all = rows.flatMap(({ row, sum }, hypothesis) =>
        Array.from(values.subarray(row * vocabulary, (row + 1) * vocabulary), (value, token) => ({
          ...{ hypothesis, token, sum: sum + value },
        })),
      );
      const allowed = all.filter(({ token, sum }) => token !== 2 && sum > Number.NEGATIVE_INFINITY);
      const sorted = allowed.sort((a, b) => b.sum - a.sum);
      const count = 1 + (round % 11);
      expect(topCandidates(values, vocabulary, rows, count, [2])).toEqual(sorted.slice(0, count));
    }
  });
});
