import { randomStream } from '@steadyformer/core';
import { describe, expect, it } from 'vitest';
import { applyMerges, mergeFromHeap, mergeInSteps } from './applyMerges';
import type { Merge } from './learnMerges';
import { MergeTable } from './mergeTable';
import { trainBpe } from './trainBpe';

/** No symbol holds a space. */
const pairKey = (a: string, b: string): string => `${a} ${b}`;

const ranksOf = (merges: readonly Merge[]): ReadonlyMap<string, number> =>
  new Map(merges.map(([a, b], rank) => [pairKey(a, b), rank] as const).reverse());

/** What one of the functions makes of symbols as texts, some of which the table may lack. */
const merged = (
  merge: typeof mergeFromHeap,
  symbols: readonly string[],
  merges: readonly Merge[],
): string[] => {
  const table = new MergeTable([], merges, 4);
  const numbers = symbols.map((symbol, i) => table.numberOf(symbol) ?? -1 - i);
  return merge(numbers, table).map((number) => table.names[number] ?? symbols[-1 - number]!);
};

const random = randomStream(8);
let at = 0;
const draw = (below: number): number => Math.floor(random.uniformAt(at++) * below);
const letters = (count: number, kinds: number): string[] =>
  Array.from({ length: count }, () => String.fromCharCode(97 + draw(kinds)));

/** As the rule says it: every pair looked up anew in every step. */
const byTheRule = (symbols: readonly string[], ranks: ReadonlyMap<string, number>): string[] => {
  const current = [...symbols];
  for (;;) {
    const found = current
      .slice(1)
      .map((right, i) => ranks.get(pairKey(current[i]!, right)))
      .filter((rank) => rank !== undefined);
    if (found.length === 0) return current;
    const best = Math.min(...found);
    for (let i = 0; i + 1 < current.length; i++) {
      if (ranks.get(pairKey(current[i]!, current[i + 1]!)) === best) {
        current.splice(i, 2, current[i]! + current[i + 1]!);
      }
    }
  }
};

describe('applyMerges', () => {
  it('is the rule, in steps and from a heap, also where merges are in an order none would learn', () => {
    for (let round = 0; round < 200; round++) {
      const symbols = letters(1 + draw(60), 2 + draw(3));
      const made = new Set(symbols);
      const merges: Merge[] = [];
      for (let i = 0; i < 30; i++) {
        const known = [...made];
        const [a, b] = [known[draw(known.length)]!, known[draw(known.length)]!];
        merges.push([a, b]);
        if (a.length + b.length < 9) made.add(a + b);
      }
      if (round % 2) merges.reverse();
      const expected = byTheRule(symbols, ranksOf(merges));
      expect(merged(mergeInSteps, symbols, merges)).toEqual(expected);
      expect(merged(mergeFromHeap, symbols, merges)).toEqual(expected);
    }
    expect(applyMerges([], new MergeTable([], []))).toEqual([]);
  });

  it('of 125,000 symbols without a space takes seconds, in training and in use', () => {
    const text = letters(125_000, 26).join('');
    const started = performance.now();
    const bpe = trainBpe([text], { merges: 500 });
    const ids = bpe.encode(text);
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(ids.length).toBeLessThan(90_000);
    expect(bpe.decode(ids)).toBe(text);
    const pieces = text.match(/.{1,5000}/gu)!;
    const { merges } = bpe.model;
    expect(merged(mergeFromHeap, [...pieces[0]!], merges)).toEqual(
      byTheRule([...pieces[0]!], ranksOf(merges)),
    );
  });
});
