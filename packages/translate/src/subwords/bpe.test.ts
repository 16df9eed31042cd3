import { randomStream } from '@steadyformer/core';
import { describe, expect, it } from 'vitest';
import { Bpe } from './bpe';
import { texts, vocabularies } from './fixtures/vocabularies';
import { trainBpe } from './trainBpe';

const { metaspace, marked, whitespace } = vocabularies() as Record<
  'metaspace' | 'marked' | 'whitespace',
  Bpe
>;
const known = (bpe: Bpe): string[] => texts().filter((text) => bpe.unknownCharacters(text).length === 0);

describe('Bpe', () => {
  it('has the special tokens in fairseq order', () => {
    expect(metaspace.tokens.slice(0, 4)).toEqual(['<s>', '<pad>', '</s>', '<unk>']);
    expect([metaspace.bos, metaspace.pad, metaspace.eos, metaspace.unk]).toEqual([0, 1, 2, 3]);
    expect(metaspace.size).toBe(metaspace.tokens.length);
    expect(metaspace.idOf('<s>')).toBeUndefined();
  });

  it.each([
    ['metaspace', metaspace],
    ['marked', marked],
  ])('gives raw text of known characters back exactly (%s)', (_, bpe) => {
    const lines = known(bpe);
    expect(lines.length).toBeGreaterThan(150);
    for (const line of lines) expect(bpe.decode(bpe.encode(line))).toBe(line.normalize('NFC'));
  });

  it('gives tokenised text back with single spaces', () => {
    for (const line of known(whitespace)) {
      const clean = line.replace(/ +/gu, ' ').trim();
      expect(whitespace.decode(whitespace.encode(line))).toBe(clean);
    }
  });

  it('leaves special tokens out of the text', () => {
    const { bos, pad, eos } = metaspace;
    expect(metaspace.decode([bos, ...metaspace.encode('a cell'), eos, pad, pad])).toBe('a cell');
    expect(metaspace.decode([])).toBe('');
  });

  it('keeps unknown characters as <unk> and reports each', () => {
    const met: string[] = [];
    const ids = metaspace.encode('the 日本 cell 日', { onUnknown: (character) => met.push(character) });
    expect(ids.filter((id) => id === metaspace.unk)).toHaveLength(3);
    expect(met).toEqual(['日', '本', '日']);
    expect(metaspace.unknownCharacters('the 日本 cell 日')).toEqual(['日', '本']);
    expect(metaspace.decode(ids)).toBe('the <unk><unk> cell <unk>');
    expect(metaspace.decode(ids, { unknown: '?' })).toBe('the ?? cell ?');
    expect(whitespace.unknownCharacters('die 日本 Zelle')).toEqual(['日', '本']);
  });

  it.each([
    ['metaspace', metaspace],
    ['whitespace', whitespace],
  ])('round-trips as JSON (%s)', (_, bpe) => {
    const again = Bpe.fromJSON(JSON.parse(JSON.stringify(bpe)));
    expect(again.tokens).toEqual(bpe.tokens);
    for (const text of texts()) expect(again.encode(text)).toEqual(bpe.encode(text));
    expect(again.toJSON()).toEqual(bpe.toJSON());
  });

  it('says what is wrong with other JSON', () => {
    expect(() => Bpe.fromJSON({ version: '1.0', model: {} })).toThrow("allowed 'steadyformer-bpe' and 1");
    expect(() => Bpe.fromJSON(null)).toThrow('format and version');
    expect(() => Bpe.fromJSON({ ...metaspace.toJSON(), merges: ['a b c'] })).toThrow(
      "merge 0: received 'a b c'",
    );
    expect(() => Bpe.fromJSON({ ...metaspace.toJSON(), tokens: [1] })).toThrow(
      'BPE vocabulary.tokens[0]: received 1, allowed a text',
    );
    expect(() => Bpe.fromJSON({ ...metaspace.toJSON(), tokens: ['a', 'a'] })).toThrow('listed twice');
    expect(() => Bpe.fromJSON({ ...whitespace.toJSON(), endOfWord: '' })).toThrow('endOfWord');
  });

  it('checks options and ids', () => {
    expect(() => metaspace.encode('a', { ...{ dropuot: 0.1 }, dropout: 0 })).toThrow(
      "did you mean 'dropout'",
    );
    expect(() => metaspace.encode('a', { dropout: 0.1 })).toThrow('a RandomStream where dropout > 0');
    expect(() => metaspace.encode('a', { dropout: 1 })).toThrow('dropout');
    expect(() => metaspace.decode([metaspace.size])).toThrow(`token id: received ${metaspace.size}`);
  });
});

describe('normalisation', () => {
  const lines = ['die rote  Zelle\u00a0', 'a\u00adb u\u0308ber'];

  it('is that of the training text, carried along', () => {
    const bpe = trainBpe(lines);
    expect(bpe.model.normalisation).toBe('text');
    expect(bpe.normalise(lines[0]!)).toBe('die rote Zelle');
    expect(bpe.unknownCharacters('\u00a0\u00ad')).toEqual(['\u00a0', '\u00ad']);
    expect(trainBpe(lines.map((line) => bpe.normalise(line))).toJSON()).toEqual(bpe.toJSON());
    const again = Bpe.fromJSON(JSON.parse(JSON.stringify(bpe)));
    expect(again.normalise(lines[1]!)).toBe('ab über');
    expect(again.toJSON()).toEqual(bpe.toJSON());
  });

  it('is none where it is not asked for, and in files of earlier releases', () => {
    const exact = trainBpe(lines, { normalisation: 'none' });
    expect(exact.normalise(lines[0]!)).toBe(lines[0]);
    expect(exact.unknownCharacters('\u00a0\u00ad')).toEqual([]);
    expect(JSON.stringify(exact)).not.toContain('normalisation');
    expect(Bpe.fromJSON(JSON.parse(JSON.stringify(exact))).normalise(lines[1]!)).toBe(lines[1]);
    expect(whitespace.normalise('a  b')).toBe('a  b');
  });

  it('is of a known kind', () => {
    const wrong: object = { normalisation: 'nfkc' };
    expect(() => trainBpe(lines, wrong)).toThrow("normalisation: received 'nfkc', allowed 'text', 'none'");
    expect(() => Bpe.fromJSON({ ...metaspace.toJSON(), normalisation: 'nfkc' })).toThrow(
      "BPE vocabulary.normalisation: received 'nfkc', allowed 'text', 'none'. The file is of a later release",
    );
  });
});

describe('BPE-dropout', () => {
  const text = 'Select the number of columns in the document.';
  const encode = (dropout: number, seed: number): number[] =>
    metaspace.encode(text, { dropout, random: randomStream(seed) });

  it('is seeded, keeps the text and cuts it finer', () => {
    const plain = metaspace.encode(text);
    expect(encode(0, 1)).toEqual(plain);
    expect(encode(0.3, 1)).toEqual(encode(0.3, 1));
    expect(encode(0.3, 1)).not.toEqual(encode(0.3, 2));
    let length = 0;
    for (let seed = 0; seed < 20; seed++) {
      expect(metaspace.decode(encode(0.3, seed))).toBe(text);
      length += encode(0.3, seed).length / 20;
    }
    expect(length).toBeGreaterThan(plain.length + 3);
    expect(encode(0.99, 1).length).toBeGreaterThan(0.9 * text.length);
  });
});

describe('trainBpe', () => {
  it('merges the most frequent pair first, the later in code-point order among equals', () => {
    const bpe = trainBpe(['aab aab ab'], { merges: 2 });
    expect(bpe.model.merges).toEqual([
      ['▁', 'a'],
      ['▁a', 'a'],
    ]);
    expect(bpe.model.tokens).toEqual(['a', 'b', '▁', '▁a', '▁aa']);
  });

  it('stops at pairs that are too rare', () => {
    expect(trainBpe(['xy xz'], { minFrequency: 3 }).model.merges).toEqual([]);
    expect(trainBpe(['xy xz'], { minFrequency: 2 }).model.merges).toEqual([['▁', 'x']]);
    expect(trainBpe(['abc'], { minFrequency: 1, merges: 100 }).encode('abc')).toHaveLength(1);
  });

  it('leaves rare characters unknown where asked', () => {
    const lines = ['aa ab ac', 'ab ab'];
    expect(trainBpe(lines).unknownCharacters('abc')).toEqual([]);
    expect(trainBpe(lines, { minCharacterFrequency: 2 }).unknownCharacters('abc')).toEqual(['c']);
  });

  it('is deterministic and does not depend on the order of lines', () => {
    const lines = texts();
    expect(trainBpe([...lines].reverse(), { merges: 200 }).toJSON()).toEqual(
      trainBpe(lines, { merges: 200 }).toJSON(),
    );
  });

  it('checks its input', () => {
    expect(() => trainBpe([])).toThrow('the lines hold no text');
    expect(() => trainBpe(['', ' '], { preTokenizer: 'whitespace' })).toThrow('the lines hold no text');
    expect(() => trainBpe(['a'], { ...{ merge: 3 }, minFrequency: 1 })).toThrow("did you mean 'merges'");
    expect(() => trainBpe(['a'], { merges: -1 })).toThrow('merges');
    expect(() => trainBpe(['a'], { minFrequency: 0 })).toThrow('minFrequency');
  });
});
