import { randomStream } from '@steadyformer/core';
import { describe, expect, it } from 'vitest';
import { trainBpe } from '../subwords/trainBpe';
import { countSentences, encodeCorpus, packTokens, tokensAt } from './encodeCorpus';

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
