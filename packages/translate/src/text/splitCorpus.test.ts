import { randomStream } from '@steadyformer/core';
import { describe, expect, it } from 'vitest';
import type { SentencePair } from './sentencePair';
import { splitCorpus } from './splitCorpus';

/** Written apart from what it checks: what twins have in common. */
const masked = (text: string): string =>
  text.normalize('NFC').toLocaleLowerCase('en').replace(/\p{N}/gu, '#').replace(/\s+/gu, ' ').trim();

const word = (i: number): string => i.toString(36).replace(/\d/gu, (digit) => 'αβγδεζηθικ'[Number(digit)]!);

/** Pairs of which many share a side with others, in other spellings. */
const corpus = (count: number, seed: number, kinds: number): SentencePair[] => {
  const draws = randomStream(seed).uniform(4 * count);
  const side = (u: number, how: number, language: string): string => {
    const text = `${language} straße ${word(Math.floor(u * kinds))} ${Math.floor(how * 90)} é`;
    if (how < 0.2) return text.toUpperCase().replace('STRASSE', 'STRAẞE');
    if (how < 0.4) return text.replaceAll(' ', '  \u00a0').normalize('NFD');
    return text;
  };
  return Array.from({ length: count }, (_, i) => ({
    source: side(draws[4 * i]!, draws[4 * i + 1]!, 'x'),
    target: side(draws[4 * i + 2]!, draws[4 * i + 3]!, 'y'),
  }));
};

const textsOf = (pairs: readonly SentencePair[]): Set<string> =>
  new Set(pairs.flatMap(({ source, target }) => [masked(source), masked(target)]));

const singles = (count: number, from = 0): SentencePair[] =>
  Array.from({ length: count }, (_, i) => ({
    source: `one ${word(i + from)}`,
    target: `eins ${word(i + from)}`,
  }));

/** A group of pairs with one source. */
const group = (name: string, size: number): SentencePair[] =>
  Array.from({ length: size }, (_, i) => ({ source: `group ${name}`, target: `${name} ${word(i)} target` }));

describe('splitCorpus', () => {
  it.each([
    [2000, 1, 4000],
    [2000, 2, 2500],
    [3000, 3, 100_000],
  ])('leaves nothing held out in what is trained on: %i pairs, seed %i', (count, seed, kinds) => {
    const pairs = corpus(count, seed, kinds);
    const { train, valid, test, report } = splitCorpus(pairs, { valid: 150, test: 0.1, seed });
    expect([train.length, valid.length, test.length]).toEqual([count - 150 - count / 10, 150, count / 10]);
    const [trained, validated, tested] = [textsOf(train), textsOf(valid), textsOf(test)];
    expect([...validated].filter((text) => trained.has(text))).toEqual([]);
    expect([...tested].filter((text) => trained.has(text) || validated.has(text))).toEqual([]);
    // Each pair once, the same objects, in their order.
    const place = new Map(pairs.map((pair, i) => [pair, i]));
    for (const part of [train, valid, test]) {
      const places = part.map((pair) => place.get(pair)!);
      expect(places).toEqual([...places].sort((a, b) => a - b));
    }
    expect(new Set([...train, ...valid, ...test]).size).toBe(count);
    expect(report.linked).toBeGreaterThan(report.largestGroup);
  });

  it('is one group that hangs together through others', () => {
    const chain = [
      { source: 'a', target: 'b' },
      { source: 'c', target: 'd' },
      { source: 'C', target: 'e 1' },
      { source: 'a', target: 'E  22' },
      // The other way round is no news either.
      { source: 'd', target: 'f' },
    ];
    const { valid, report } = splitCorpus([...chain, ...singles(50)], { valid: 5 });
    expect(report).toEqual({ groups: 51, largestGroup: 5, linked: 5, moved: 0 });
    expect(valid.every(({ source }) => source.startsWith('one'))).toBe(true);
    const few = splitCorpus([...chain, { source: 'x', target: 'y' }, ...group('z', 9)], { test: 5 });
    expect(few.test).toEqual(chain);
    expect(few.report).toEqual({ groups: 3, largestGroup: 9, linked: 14, moved: 4 });
  });

  it('is decided by the seed, whatever the order of the pairs', () => {
    const pairs = corpus(1000, 4, 3000);
    const sorted = (some: readonly SentencePair[]) => some.map((pair) => JSON.stringify(pair)).sort();
    const first = splitCorpus(pairs, { valid: 50, test: 50, seed: 1 });
    const turned = splitCorpus([...pairs].reverse(), { valid: 50, test: 50, seed: 1 });
    expect(sorted(turned.valid)).toEqual(sorted(first.valid));
    expect(sorted(turned.test)).toEqual(sorted(first.test));
    const other = splitCorpus(pairs, { valid: 50, test: 50, seed: 2 });
    expect(sorted(other.test)).not.toEqual(sorted(first.test));
    // Of a corpus that grows by a tenth, most of what was held out still is.
    const grown = splitCorpus([...pairs, ...singles(100)], { valid: 50, test: 50, seed: 1 });
    const before = new Set(sorted(first.test));
    expect(sorted(grown.test).filter((pair) => before.has(pair)).length).toBeGreaterThan(30);
  });

  it.each([
    // Sizes of groups, asked for, nearest.
    [[3, 3, 5, 5, 20], 6, 6],
    [[4, 4, 4, 30], 6, 4],
    [[7, 9, 30], 8, 7],
    [[9, 12, 40], 8, 9],
    [[2, 2, 2, 7, 7, 60], 13, 13],
    [[5, 5, 5, 8, 60], 19, 18],
  ])('comes as near as groups of %j allow to %i: %i', (sizes, test, nearest) => {
    const pairs = sizes.flatMap((size, i) => group(word(i), size));
    for (const seed of [1, 2, 3, 4, 5]) {
      const split = splitCorpus(pairs, { test, seed });
      expect(split.test.length).toBe(nearest);
      const trained = textsOf(split.train);
      expect([...textsOf(split.test)].some((text) => trained.has(text))).toBe(false);
    }
  });

  it('holds out small groups before large ones', () => {
    const pairs = [...group('a', 40), ...group('b', 30), ...singles(100)];
    for (const seed of [1, 2, 3, 4, 5]) {
      expect(splitCorpus(pairs, { test: 50, seed }).report.moved).toBe(0);
    }
  });

  it('names what cannot be', () => {
    expect(() => splitCorpus(singles(4), { valid: 3, test: 1 })).toThrow(
      'splitCorpus(): valid (3) and test (1) leave nothing to train on: there are 4 pairs. Hold out less, or bring more.',
    );
    expect(() => splitCorpus([], { test: 0.1 })).toThrow('there are 0 pairs');
    expect(() => splitCorpus(group('a', 30), { test: 3 })).toThrow(
      'splitCorpus(): no test set of 3 can be held out of 30 pairs: pairs that share a text (numbers, case and white ' +
        "space aside) stay together, and 30 do, such as 'group a'. Remove repetitions, or ask for another number.",
    );
    // What test took is not there for valid.
    expect(() => splitCorpus([...group('a', 30), ...singles(1)], { test: 1, valid: 1 })).toThrow(
      'no valid set of 1 can be held out of 30 pairs',
    );
    expect(() => splitCorpus(singles(4), { valid: 2.5 })).toThrow(
      'splitCorpus() valid: received 2.5, allowed whole numbers >= 0, or shares between 0 and 1',
    );
    expect(() => splitCorpus(singles(4), { dev: 1 } as never)).toThrow('dev');
    expect(() => splitCorpus([{ source: 'a' } as never], {})).toThrow(
      'splitCorpus() pairs[0].target: received undefined, allowed a text',
    );
    expect(() => splitCorpus([null as never], {})).toThrow('pairs[0].source');
  });

  it('takes shares, at least one pair each', () => {
    const { valid, test, train } = splitCorpus(singles(8), { valid: 0.01, test: 0.25 });
    expect([train.length, valid.length, test.length]).toEqual([5, 1, 2]);
    expect(splitCorpus(singles(8), {}).train.length).toBe(8);
  });

  it('takes 200,000 pairs in seconds, also where groups leave no exact size', { timeout: 30_000 }, () => {
    const pairs = Array.from({ length: 100_000 }, (_, i) => [
      { source: `one ${word(i)}`, target: `eins ${word(i)}` },
      { source: `one ${word(i)}`, target: `zwei ${word(i)}` },
    ]).flat();
    const { test, valid } = splitCorpus(pairs, { test: 0.1, valid: 4001 });
    expect([test.length, valid.length]).toEqual([20_000, 4000]);
  });
});
