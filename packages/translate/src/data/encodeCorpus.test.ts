import { randomStream } from '@steadyformer/core';
import { describe, expect, it } from 'vitest';
import { trainBpe } from '../subwords/trainBpe';
import {
  countSentences,
  encodeCorpus,
  offsetsOf,
  packTokens,
  type TokenLists,
  tokensAt,
} from './encodeCorpus';

const pairs = [
  { source: 'the red cell', target: 'die rote Zelle' },
  { source: 'the cell', target: 'die Zelle' },
];
const sourceBpe = trainBpe(pairs.map((pair) => pair.source));
const targetBpe = trainBpe(pairs.map((pair) => pair.target));
const joint = trainBpe(pairs.flatMap((pair) => [pair.source, pair.target]));

describe('packTokens', () => {
  it('lays sentences end to end', () => {
    const lists = packTokens([[1, 2], [], [3]]);
    expect(countSentences(lists)).toBe(3);
    expect([...lists.ids]).toEqual([1, 2, 3]);
    expect([0, 1, 2].map((i) => [...tokensAt(lists, i)])).toEqual([[1, 2], [], [3]]);
  });
});

describe('offsets beyond 2^31', () => {
  const lengths = [2 ** 31 - 1, 7, 2 ** 31, 3].map((length) => ({ length }));

  it('are what they should be', () => {
    expect([...offsetsOf(lengths)]).toEqual([0, 2147483647, 2147483654, 4294967302, 4294967305]);
  });

  it('are where a sentence is looked for', () => {
    const asked: number[][] = [];
    const ids = { subarray: (from: number, to: number) => asked.push([from, to]) };
    const lists = { ids, offsets: offsetsOf(lengths) } as unknown as TokenLists;
    tokensAt(lists, 1);
    tokensAt(lists, 3);
    expect(asked).toEqual([
      [2147483647, 2147483654],
      [4294967302, 4294967305],
    ]);
  });

  it('that no memory is to be had for are an error that says how much', () => {
    const huge = Array.from({ length: 3 }, () => ({ length: 2 ** 40 }));
    expect(() => packTokens(huge)).toThrow('packTokens: 3298534883328 tokens need 12288.0 GiB');
  });
});

describe('encodeCorpus', () => {
  it('encodes with a joint vocabulary or one a side', () => {
    const both = encodeCorpus(pairs, joint);
    const each = encodeCorpus(pairs, { source: sourceBpe, target: targetBpe });
    for (const [i, pair] of pairs.entries()) {
      expect([...tokensAt(both.source, i)]).toEqual(joint.encode(pair.source));
      expect([...tokensAt(both.target, i)]).toEqual(joint.encode(pair.target));
      expect([...tokensAt(each.source, i)]).toEqual(sourceBpe.encode(pair.source));
      expect([...tokensAt(each.target, i)]).toEqual(targetBpe.encode(pair.target));
    }
  });

  it("encodes what the vocabulary's normalisation makes of a text", () => {
    const odd = [{ source: 'the\u00a0red\u200b  cell ', target: '\ufeffdie rote\tZelle' }];
    expect(encodeCorpus(odd, joint)).toEqual(encodeCorpus(pairs.slice(0, 1), joint));
    const exact = trainBpe(['the red cell'], { normalisation: 'none' });
    expect([...encodeCorpus(odd, exact).source.ids]).toEqual(exact.encode(odd[0]!.source));
  });

  it('reports unknown characters', () => {
    const met: string[] = [];
    encodeCorpus([{ source: 'Q', target: '日' }], joint, { onUnknown: (character) => met.push(character) });
    expect(met).toEqual(['Q', '日']);
  });

  it('draws dropout from a stream of its own for every sentence', () => {
    const encode = (corpus: typeof pairs) =>
      encodeCorpus(corpus, joint, { dropout: 0.5, random: randomStream(3) });
    const [all, first] = [encode(pairs), encode(pairs.slice(0, 1))];
    expect([...tokensAt(all.source, 0)]).toEqual([...first.source.ids]);
    expect(all).toEqual(encode(pairs));
    expect(joint.decode(tokensAt(all.target, 1))).toBe('die Zelle');
    expect(all.source.ids.length).toBeGreaterThan(encodeCorpus(pairs, joint).source.ids.length);
    expect(() => encodeCorpus(pairs, joint, { dropout: 0.5 })).toThrow('random');
  });
});
