import { randomStream } from '@steadyformer/core';
import { describe, expect, it } from 'vitest';
import { type BeamOptions, beamSearch } from './beam';
import { ensembleOf } from './ensembleDecoder';
import { EOS, randomTable, TableDecoder } from './fixtures/tableDecoder';
import { greedySearch } from './greedy';
import type { Hypothesis } from './hypothesis';
import { sampleSearch } from './sampling';

interface Penalties {
  readonly power: number;
  readonly form?: 'length' | 'gnmt';
  readonly minLength?: number;
  readonly ngram?: number;
  readonly repetition?: number;
  readonly prefix?: readonly number[];
}

const TOKENS = [0, 1, 2, 3, 4, 5];

/** Whether the last n tokens stood together before. */
const repeats = (ids: readonly number[], n: number): boolean => {
  const last = ids.slice(-n).join();
  return ids.some((_, i) => i + n < ids.length && ids.slice(i, i + n).join() === last);
};

/** Every way to go on, tried, with the formulas written out. */
const exhaustive = async (seed: number, maxLength: number, p: Penalties): Promise<Hypothesis[]> => {
  const { power, form = 'length', minLength = 1, ngram = 0, repetition = 1, prefix = [] } = p;
  const all: Hypothesis[] = [];
  const valuesAfter = async (said: readonly number[]): Promise<Float32Array> => {
    const table = randomTable(seed);
    let values = await table.step(Int32Array.of(EOS));
    for (const id of said) values = await table.step(Int32Array.of(id));
    return values;
  };
  const visit = async (said: number[], sum: number, rank: number): Promise<void> => {
    const values = await valuesAfter(said);
    for (const token of said.length < prefix.length ? [prefix[said.length]!] : TOKENS) {
      const value = values[token]!;
      const next = rank + (said.includes(token) ? value * repetition : value);
      const n = said.length + 1;
      if (token === EOS) {
        if (n < minLength) continue;
        const score = next / (form === 'gnmt' ? (5 + n) / 6 : n) ** power;
        all.push({ ids: said, logProbability: sum + value, score, finished: true });
      } else if (n < maxLength) {
        const free = said.length < prefix.length || ngram === 0 || !repeats([...said, token], ngram);
        if (free) await visit([...said, token], sum + value, next);
      }
    }
  };
  await visit([], 0, 0);
  return all.sort((a, b) => b.score - a.score);
};

const optionsOf = ({ power, form, minLength, ngram, repetition, prefix }: Penalties): BeamOptions => ({
  eos: EOS,
  lengthPenalty: power,
  ...(form ? { lengthPenaltyForm: form } : {}),
  ...(minLength ? { minLength } : {}),
  ...(ngram ? { noRepeatNgram: ngram } : {}),
  ...(repetition ? { repetitionPenalty: repetition } : {}),
  ...(prefix ? { prefixes: [prefix] } : {}),
});

describe('a beam as wide as all there is', () => {
  it.each<Penalties>([
    { power: 0 },
    { power: 1 },
    { power: -0.7 },
    { power: 0.6, form: 'gnmt' },
    { power: 2, form: 'gnmt' },
    { power: 1, minLength: 3 },
    { power: 0.5, ngram: 1 },
    { power: 1, ngram: 2 },
    { power: 1, repetition: 1.7 },
    { power: 1.5, prefix: [4, 4] },
    { power: 1, form: 'gnmt', minLength: 3, ngram: 2, repetition: 1.3, prefix: [2] },
  ])('finds what an exhaustive search does: %o', async (penalties) => {
    for (const seed of [1, 2, 3]) {
      const oracle = await exhaustive(seed, 4, penalties);
      for (const stopping of ['first', 'attainable'] as const) {
        const [found] = await beamSearch(randomTable(seed), {
          ...{ ...optionsOf(penalties), maxLength: 4, beamSize: 1000, stopping },
        });
        expect(found!.length).toBe(oracle.length);
        for (const [i, { ids, score, logProbability, finished }] of found!.entries()) {
          expect(score).toBeCloseTo(oracle[i]!.score, 6);
          const same = oracle.find((one) => one.ids.join() === ids.join())!;
          expect(logProbability).toBeCloseTo(same.logProbability, 6);
          expect(finished).toBe(true);
        }
      }
    }
  });
});

describe('stopping at the attainable score', () => {
  it('is never worse than stopping at the first, and sometimes better', async () => {
    let better = 0;
    for (let seed = 1; seed <= 80; seed++) {
      for (const lengthPenalty of [0.5, 1, 2]) {
        const options = { eos: EOS, maxLength: 9, beamSize: 2, lengthPenalty };
        const [[first]] = (await beamSearch(randomTable(seed), options)) as [[Hypothesis]];
        const [[best]] = (await beamSearch(randomTable(seed), { ...options, stopping: 'attainable' })) as [
          [Hypothesis],
        ];
        expect(best.score).toBeGreaterThanOrEqual(first.score);
        if (best.score > first.score) better++;
      }
    }
    expect(better).toBeGreaterThan(3);
  });
});

describe('token scores', () => {
  it('add up to the log-probability, one a token and one for the end', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const options = { eos: EOS, maxLength: 6, beamSize: 3, repetitionPenalty: 1.2, tokenScores: true };
      for (const { ids, finished, logProbability, tokenScores } of (
        await beamSearch(randomTable(seed), options)
      )[0]!) {
        expect(tokenScores).toHaveLength(ids.length + (finished ? 1 : 0));
        expect(tokenScores!.reduce((sum, each) => sum + each, 0)).toBe(logProbability);
      }
    }
  });
});

describe('groups', () => {
  it('say different things, the first what a beam of its size says', async () => {
    let different = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const options = { eos: EOS, maxLength: 6 };
      const [alone] = await beamSearch(randomTable(seed), { ...options, beamSize: 2 });
      const [diverse] = await beamSearch(randomTable(seed), {
        ...options,
        beamSize: 6,
        groups: 3,
        diversity: 2,
      });
      const texts = diverse!.map(({ ids }) => ids.join());
      for (const { ids } of alone!) expect(texts).toContain(ids.join());
      const [plain] = await beamSearch(randomTable(seed), { ...options, beamSize: 6 });
      const starts = (found: readonly Hypothesis[]) => new Set(found.map(({ ids }) => ids[0] ?? EOS)).size;
      if (starts(diverse!) > starts(plain!)) different++;
      const same = await beamSearch(randomTable(seed), { ...options, beamSize: 6, groups: 3, diversity: 0 });
      expect(new Set(same[0]!.map(({ ids }) => ids.join())).size).toBeLessThanOrEqual(2);
    }
    expect(different).toBeGreaterThan(5);
  });
});

describe('sampling', () => {
  it('from a nucleus never leaves it, and of all mass is as without', async () => {
    const table = () => new TableDecoder(400, () => [0.05, 0.5, 0.3, 0.15]);
    const options = { eos: EOS, maxLength: 1, random: randomStream(3) };
    const said = async (topP: number) =>
      new Set((await sampleSearch(table(), { ...options, topP })).map(({ ids }) => ids[0] ?? EOS));
    expect(await said(0.5)).toEqual(new Set([1]));
    expect(await said(0.51)).toEqual(new Set([1, 2]));
    expect(await said(0.95)).toEqual(new Set([1, 2, 3]));
    expect(await sampleSearch(table(), { ...options, topP: 1 })).toEqual(
      await sampleSearch(table(), options),
    );
  });
});

describe('an ensemble', () => {
  it('of one is that one, to the bit; of two the mean of their probabilities', async () => {
    const options = { eos: EOS, maxLength: 6, beamSize: 3 };
    const alone = randomTable(4, 2);
    expect(ensembleOf([alone])).toBe(alone);
    const twice = await beamSearch(ensembleOf([randomTable(4, 2), randomTable(4, 2)]), options);
    const once = await beamSearch(randomTable(4, 2), options);
    expect(twice.map((all) => all.map(({ ids }) => ids))).toEqual(
      once.map((all) => all.map(({ ids }) => ids)),
    );
    const mean = new TableDecoder(1, () => [0.1, 0.2, 0.4, 0.3]);
    const parts = [
      new TableDecoder(1, () => [0.1, 0.3, 0.2, 0.4]),
      new TableDecoder(1, () => [0.1, 0.1, 0.6, 0.2]),
    ];
    const [found] = await greedySearch(ensembleOf(parts), { eos: EOS, maxLength: 3 });
    const [expected] = await greedySearch(mean, { eos: EOS, maxLength: 3 });
    expect(found!.ids).toEqual(expected!.ids);
    expect(found!.logProbability).toBeCloseTo(expected!.logProbability, 6);
    expect(parts.map(({ disposed }) => disposed)).toEqual([1, 1]);
    expect(() => ensembleOf([])).toThrow('ensembleOf(): received [], allowed a list of decoders');
    expect(() => ensembleOf([randomTable(1, 2), randomTable(1, 3)])).toThrow(
      'rows of a decoder: received 3, allowed 2',
    );
  });
});

describe('a signal, and who is told', () => {
  it('ends the search with its reason, and the decoder is disposed', async () => {
    const controller = new AbortController();
    const decoder = new TableDecoder(1, () => [0, 0.6, 0.3, 0.1]);
    const onStep = (_: number, token: number): void => {
      if (token === 5) controller.abort(new Error('enough'));
    };
    const options = { eos: EOS, onStep, signal: controller.signal };
    await expect(greedySearch(decoder, options)).rejects.toThrow('enough');
    expect(decoder.disposed).toBe(1);
  });

  it('hears of every token of greedy search, each longer than the one before', async () => {
    const heard: string[] = [];
    const onPartial = (row: number, ids: readonly number[]): void =>
      void heard.push(`${row}:${ids.join('')}`);
    await greedySearch(new TableDecoder(1, () => [0, 0.6, 0.3, 0.1]), { eos: EOS, maxLength: 3, onPartial });
    expect(heard).toEqual(['0:1', '0:11', '0:111']);
  });
});

describe('bad input', () => {
  it.each([
    [{ minLength: 0 }, 'minLength: received 0, allowed whole numbers >= 1'],
    [{ lengthPenaltyForm: 'gmnt' }, "lengthPenaltyForm: received 'gmnt', allowed 'length', 'gnmt'"],
    [{ noRepeatNgram: -1 }, 'noRepeatNgram: received -1, allowed whole numbers >= 0'],
    [{ repetitionPenalty: 0.5 }, 'repetitionPenalty: received 0.5, allowed numbers >= 1'],
    [{ prefixes: [[1]] }, 'prefixes: received [[1]], allowed a list of 2 lists of tokens of the model'],
    [{ prefixes: [[], [99]] }, 'allowed a list of 2 lists of tokens of the model'],
    [{ prefixes: [[], [1, EOS]] }, 'prefixes[1]: received [1, 0], allowed tokens other than the end, 0'],
    [{ prefixes: [[1, 1], []], maxLength: 2 }, 'tokens of prefixes[0]: received 2, allowed up to 1'],
    [{ stopping: 'never' }, "stopping: received 'never', allowed 'first', 'attainable'"],
    [{ tokenScores: 1 }, 'tokenScores: received 1'],
    [{ signal: {} }, 'signal: received {}, allowed an AbortSignal'],
    [{ onPartial: 1 }, 'onPartial: received 1, allowed a function'],
    [{ groups: 3 }, 'groups: received 3, allowed divisors of the beamSize 4'],
    [{ diversity: -1 }, 'diversity: received -1, allowed numbers >= 0'],
  ])('%o ends with one message, and the decoder is disposed', async (wrong, message) => {
    const decoder = new TableDecoder(2, () => [0.25, 0.25, 0.25, 0.25]);
    await expect(beamSearch(decoder, { eos: EOS, ...wrong } as BeamOptions)).rejects.toThrow(message);
    expect(decoder.disposed).toBe(1);
  });

  it.each([0, 1.5, Number.NaN, '1'])('topP %s is an error', async (topP) => {
    const options = { eos: EOS, random: randomStream(1), topP: topP as number };
    await expect(sampleSearch(randomTable(1), options)).rejects.toThrow('topP: received');
  });
});
