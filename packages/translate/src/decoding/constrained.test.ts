import { randomStream } from '@steadyformer/core';
import { describe, expect, it } from 'vitest';
import { type BeamOptions, beamSearch } from './beam';
import { EOS, randomTable, TableDecoder } from './fixtures/tableDecoder';
import { greedySearch } from './greedy';
import type { Phrase } from './phrases';
import { sampleSearch } from './sampling';

const V = 4;

/** Fixed probabilities of four tokens, of the seed and of what was said. */
const tableOf = (seed: number) => {
  const stream = randomStream(seed);
  return (said: readonly number[]): number[] => {
    const weights = stream.fork(said.join()).uniform(V, 0.01, 1);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return Array.from(weights, (weight) => weight / total);
  };
};

/** Tokens 1 and 2 are parts of words: a word does not end between two of them. */
const wordEnds = (before: number, after: number): boolean => !(before < 3 && after < 3);
const anywhere = () => true;

/** How often a phrase stands in a text: the plain definition. */
const occurrences = (ids: readonly number[], { alternatives }: Phrase, ends: typeof wordEnds): number =>
  ids.filter((_, at) =>
    alternatives.some((tokens) => {
      const end = at + tokens.length;
      return (
        tokens.every((token, i) => ids[at + i] === token) &&
        (at === 0 || ends(ids[at - 1]!, ids[at]!)) &&
        (end === ids.length || ends(ids[end - 1]!, ids[end]!))
      );
    }),
  ).length;

const says = (ids: readonly number[], phrases: readonly Phrase[], ends: typeof wordEnds): boolean =>
  phrases.every(
    (phrase) =>
      occurrences(ids, phrase, ends) >=
      phrases.filter((other) => JSON.stringify(other) === JSON.stringify(phrase)).length,
  );

/** Every text within the length, tried: what is finished, or else what is cut off, best first. */
const exhaustive = (
  table: (said: readonly number[]) => readonly number[],
  maxLength: number,
  allowed: (ids: readonly number[]) => boolean,
) => {
  const finished: { ids: readonly number[]; score: number }[] = [];
  const cutOff: typeof finished = [];
  const visit = (said: readonly number[], sum: number): void => {
    for (const [token, p] of table(said).entries()) {
      const total = sum + Math.fround(Math.log(p));
      if (token === EOS) {
        if (allowed(said)) finished.push({ ids: said, score: total / (said.length + 1) });
        continue;
      }
      const ids = [...said, token];
      if (ids.length < maxLength) visit(ids, total);
      else if (allowed(ids)) cutOff.push({ ids, score: total / ids.length });
    }
  };
  visit([], 0);
  return (finished.length > 0 ? finished : cutOff).sort((a, b) => b.score - a.score);
};

const phrase = (...alternatives: number[][]): Phrase => ({ alternatives });

/** Phrases of one to three tokens, drawn; some with two forms, some twice, many that overlap. */
const drawnPhrases = (seed: number): Phrase[] => {
  const draw = randomStream(seed).fork('phrases');
  let at = 0;
  const whole = (most: number): number => Math.floor(most * draw.uniformAt(at++));
  const tokens = (): number[] => Array.from({ length: 1 + whole(3) }, () => 1 + whole(3));
  const phrases = Array.from({ length: 1 + whole(2) }, () =>
    whole(4) === 0 ? phrase([1, ...tokens()], [2, ...tokens()]) : phrase(tokens()),
  );
  return whole(5) === 0 ? [...phrases, phrases[0]!] : phrases;
};

const failure = async (act: Promise<unknown>): Promise<string> =>
  act.then(
    () => 'none',
    (error: Error) => error.message,
  );

describe('constraints', () => {
  it('find what an exhaustive search finds, phrases that overlap, repeat and end with words among them', async () => {
    const seen = { finished: 0, cutOff: 0, none: 0 };
    for (let seed = 1; seed <= 120; seed++) {
      const table = tableOf(seed);
      const constraints = drawnPhrases(seed);
      const ends = seed % 2 === 0 ? wordEnds : anywhere;
      const maxLength = 3 + (seed % 4);
      const oracle = exhaustive(table, maxLength, (ids) => says(ids, constraints, ends));
      const options: BeamOptions = {
        ...{ eos: EOS, maxLength, beamSize: 1000, wordEnds: ends, constraints: [constraints] },
      };
      const search = beamSearch(new TableDecoder(1, table, V), options);
      if (oracle.length === 0) {
        expect(await failure(search)).toMatch(/leads to a translation with all constraints in \d tokens/);
        seen.none++;
        continue;
      }
      const [found] = await search;
      expect(found!.length).toBe(oracle.length);
      for (const [i, { score }] of found!.entries()) expect(score).toBeCloseTo(oracle[i]!.score, 5);
      expect(found![0]!.ids).toEqual(oracle[0]!.ids);
      seen[found![0]!.finished ? 'finished' : 'cutOff']++;
    }
    expect(seen.finished).toBeGreaterThan(60);
    expect(Math.min(seen.cutOff, seen.none)).toBeGreaterThan(3);
  });

  it('hold in a small beam and in greedy search too, up to the last token there is', async () => {
    for (let seed = 1; seed <= 60; seed++) {
      const constraints = [phrase([1, 2, 3]), phrase([2]), phrase([3, 3])];
      for (const beamSize of [1, 2, 5]) {
        for (const maxLength of [7, 12]) {
          const decoder = new TableDecoder(1, tableOf(seed), V);
          const options = { eos: EOS, maxLength, beamSize, constraints: [constraints] };
          for (const { ids } of (await beamSearch(decoder, options))[0]!) {
            expect(says(ids, constraints, anywhere)).toBe(true);
            expect(ids.length).toBeLessThanOrEqual(maxLength);
          }
          expect(decoder.disposed).toBe(1);
        }
      }
    }
  });

  it('never end without room for themselves', async () => {
    // Two phrases of two tokens that share none: exactly four tokens are there for them, and none for the end.
    const table = () => [0.97, 0.01, 0.01, 0.01];
    const constraints = [[phrase([1, 1]), phrase([2, 3])]];
    const search = (maxLength: number) =>
      beamSearch(new TableDecoder(1, table, V), { eos: EOS, maxLength, beamSize: 3, constraints });
    const [exact] = await search(4);
    expect([exact![0]!.ids.length, exact![0]!.finished]).toEqual([4, false]);
    const [roomy] = await search(5);
    expect(roomy![0]!.finished).toBe(true);
    expect(await failure(search(3))).toBe(
      'row 0, token 1: nothing that may follow leads to a translation with all constraints in 3 tokens. ' +
        'Allow a longer one (maxLength), a larger beamSize, or fewer constraints.',
    );
  });

  it('count what a prefix says', async () => {
    const options = { eos: EOS, maxLength: 5, beamSize: 1000, prefixes: [[3, 1]] };
    const table = tableOf(4);
    const constraints = [phrase([1, 2]), phrase([3])];
    const [found] = await beamSearch(new TableDecoder(1, table, V), {
      ...options,
      constraints: [constraints],
    });
    const oracle = exhaustive(
      table,
      5,
      (ids) => ids[0] === 3 && ids[1] === 1 && says(ids, constraints, anywhere),
    );
    expect(found![0]!.ids).toEqual(oracle[0]!.ids);
    expect(found!.length).toBe(oracle.length);
  });

  it('of a row are its own, and rows without are as they are alone, to the bit', async () => {
    const [table, other] = [tableOf(7), tableOf(8)];
    const constraints = [phrase([1, 3]), phrase([2])];
    const options = { eos: EOS, maxLength: 6, beamSize: 4 };
    const alone = await beamSearch(new TableDecoder(1, table, V), options);
    expect(await beamSearch(new TableDecoder(1, table, V), { ...options, constraints: [[]] })).toEqual(alone);
    const constrained = await beamSearch(new TableDecoder(1, table, V), {
      ...options,
      constraints: [constraints],
    });
    const three = await beamSearch(new TableDecoder(3, table, V), {
      ...options,
      constraints: [[], constraints, []],
    });
    expect(three).toEqual([alone[0], constrained[0], alone[0]]);
    expect(constrained[0]).not.toEqual(alone[0]);
    const unlike = await beamSearch(new TableDecoder(1, other, V), {
      ...options,
      constraints: [constraints],
    });
    expect(unlike[0]![0]).not.toEqual(constrained[0]![0]);
  });

  it('are of beams alone, and of tokens', async () => {
    const constraints = [[phrase([1])]];
    const table = tableOf(1);
    const cases: readonly (readonly [(decoder: TableDecoder) => Promise<unknown>, string])[] = [
      [
        (decoder) => sampleSearch(decoder, { eos: EOS, random: randomStream(1), constraints }),
        "sampleSearch() constraints: received 'some', allowed none: use beamSearch().",
      ],
      [
        (decoder) => beamSearch(decoder, { eos: EOS, groups: 2, constraints }),
        'beamSearch() groups: received 2, allowed 1 with constraints.',
      ],
      [
        (decoder) => greedySearch(decoder, { eos: EOS, constraints: [[phrase([])]] }),
        'greedySearch() constraints: received',
      ],
      [
        (decoder) => greedySearch(decoder, { eos: EOS, constraints: [[phrase([V])]] }),
        'allowed a list of 1 lists of phrases, each { alternatives: [...] }, lists of tokens of the model',
      ],
      [(decoder) => greedySearch(decoder, { eos: EOS, constraints: [[], []] }), 'constraints: received'],
      [
        (decoder) => greedySearch(decoder, { eos: EOS, wordEnds: 1 as never }),
        'greedySearch() wordEnds: received 1, allowed a function',
      ],
    ];
    for (const [act, message] of cases) {
      const decoder = new TableDecoder(1, table, V);
      expect(await failure(act(decoder))).toContain(message);
      expect(decoder.disposed).toBe(1);
    }
  });
});

describe('tokens that are banned', () => {
  it('are never said, and what is said is what an exhaustive search finds', async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const table = tableOf(seed);
      const banned = [phrase([1, 2]), phrase([3, 3, 1])];
      const constraints = seed % 2 === 0 ? [phrase([2, 1])] : [];
      const oracle = exhaustive(
        table,
        5,
        (ids) =>
          says(ids, constraints, anywhere) && banned.every((one) => occurrences(ids, one, anywhere) === 0),
      );
      const [found] = await beamSearch(new TableDecoder(1, table, V), {
        ...{ eos: EOS, maxLength: 5, beamSize: 1000, constraints: [constraints] },
        bannedAfter: (_, ids) => ({
          has: (token) => banned.some((one) => occurrences([...ids, token], one, anywhere) > 0),
        }),
      });
      expect(found!.map(({ ids }) => ids)).toEqual(oracle.map(({ ids }) => ids));
    }
  });

  it('change nothing where they are none', async () => {
    const options = { eos: EOS, maxLength: 8, beamSize: 4, repetitionPenalty: 1.3, noRepeatNgram: 2 };
    for (let seed = 1; seed <= 20; seed++) {
      const usual = await beamSearch(randomTable(seed), options);
      const bannedAfter = () => ({ has: () => false });
      expect(await beamSearch(randomTable(seed), { ...options, bannedAfter })).toEqual(usual);
    }
  });
});
