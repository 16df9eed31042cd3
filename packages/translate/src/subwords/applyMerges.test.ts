import { randomStream } from '@steadyformer/core';
import { describe, expect, it } from 'vitest';
import { applyMerges, mergeFromHeap, mergeInSteps, pairKey } from './applyMerges';
import { trainBpe } from './trainBpe';

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
      const merges: string[] = [];
      for (let i = 0; i < 30; i++) {
        const known = [...made];
        const [a, b] = [known[draw(known.length)]!, known[draw(known.length)]!];
        merges.push(pairKey(a, b));
        if (a.length + b.length < 9) made.add(a + b);
      }
      if (round % 2) merges.reverse();
      const ranks = new Map([...new Set(merges)].map((key, rank) => [key, rank]));
      const expected = byTheRule(symbols, ranks);
      expect(mergeInSteps(symbols, ranks)).toEqual(expected);
      expect(mergeFromHeap(symbols, ranks)).toEqual(expected);
    }
    expect(applyMerges([], new Map())).toEqual([]);
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
    const whole = mergeFromHeap(
      [...pieces[0]!],
      new Map(bpe.model.merges.map(([a, b], i) => [pairKey(a, b), i])),
    );
    expect(whole).toEqual(
      byTheRule([...pieces[0]!], new Map(bpe.model.merges.map(([a, b], i) => [pairKey(a, b), i]))),
    );
  });
});
