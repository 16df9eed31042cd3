import { admin, preLN, stateDict, transformer } from '@steadyformer/core';
import { describe, expect, it } from 'vitest';
import { decodeCheckpoint, encodeCheckpoint } from '../checkpoint/checkpoint';
import { MANIFEST } from '../checkpoint/manifest';
import { encodeCorpus } from '../data/encodeCorpus';
import { translatorFrom } from '../decoding/translatorFrom';
import { bleu } from '../score/bleu';
import { chrF } from '../score/chrF';
import { ter } from '../score/ter';
import { checkSettings, differences, toSetting } from '../settings/settings';
import { Bpe } from '../subwords/bpe';
import { toHuggingFace } from '../subwords/huggingFace';
import { readSubwordNmt, writeSubwordNmt } from '../subwords/subwordNmt';
import { trainBpe } from '../subwords/trainBpe';
import { cleanCorpus } from '../text/clean';
import { collectParallel } from '../text/readParallel';

/** Names that every object inherits, or that would set its prototype. */
const NAMES = ['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'valueOf'] as const;
const text = NAMES.join(' ');
const parsed = (json: string) => JSON.parse(json) as Record<string, never>;

describe('subwords', () => {
  const lines = Array.from({ length: 3 }, () => text);
  const bpe = trainBpe(lines, { merges: 200, preTokenizer: 'whitespace' });

  it('called like properties of every object are tokens like others', () => {
    const tokens = NAMES.map((name) => `${name}</w>`);
    expect(bpe.segment(text)).toEqual(tokens);
    const ids = bpe.encode(text);
    expect(new Set(ids).size).toBe(NAMES.length);
    expect(ids.map((id) => bpe.tokens[id])).toEqual(tokens);
    expect(bpe.decode(ids)).toBe(text);
    expect(tokens.map((token) => bpe.idOf(token))).toEqual(ids);
  });

  it('come back from JSON and from codes', () => {
    const again = Bpe.fromJSON(JSON.parse(JSON.stringify(bpe)));
    expect(again.encode(text)).toEqual(bpe.encode(text));
    expect(again.tokens).toEqual(bpe.tokens);
    const codes = readSubwordNmt(writeSubwordNmt(bpe), { lines });
    expect(codes.segment(text)).toEqual(bpe.segment(text));
  });

  it('without a mark are the bare names, also in tokenizer.json', () => {
    const bare = new Bpe({
      preTokenizer: 'metaspace',
      endOfWord: '',
      tokens: [...NAMES, '_', 'p', 'c'],
      merges: [['_', '_']],
    });
    expect(NAMES.map((name) => bare.idOf(name))).toEqual([4, 5, 6, 7, 8]);
    expect(bare.decode([4, 5, 6, 7, 8])).toBe(NAMES.join(''));
    const file = JSON.parse(JSON.stringify(toHuggingFace(bare))) as { model: { vocab: object } };
    expect(Object.entries(file.model.vocab)).toHaveLength(bare.size);
    for (const [i, name] of NAMES.entries()) {
      expect(Object.getOwnPropertyDescriptor(file.model.vocab, name)?.value).toBe(4 + i);
    }
  });

  it('that a vocabulary lacks are unknown', () => {
    const small = trainBpe(['ab']);
    expect(NAMES.map((name) => small.idOf(name))).toEqual(NAMES.map(() => undefined));
    expect(small.encode('_').slice(1)).toEqual([small.unk]);
  });

  it.each(NAMES)('read from a file with the key %s are refused', (name) => {
    const json = JSON.stringify(bpe).replace('{', `{"${name}":{},`);
    expect(() => Bpe.fromJSON(JSON.parse(json))).toThrow(`BPE vocabulary: unknown option '${name}'`);
  });
});

describe('JSON lines', () => {
  const read = (content: string, keys: readonly [string, string]) =>
    collectParallel({ format: 'jsonl', text: { name: 't.jsonl', content }, keys });

  it('may have such keys, and are not read where they have them not', async () => {
    expect(await read('{"__proto__":"a","constructor":"b"}', ['__proto__', 'constructor'])).toEqual([
      { source: 'a', target: 'b' },
    ]);
    expect(await read('{"a":{"__proto__":{"name":"x"}},"b":"y"}', ['a.__proto__.name', 'b'])).toEqual([
      { source: 'x', target: 'y' },
    ]);
    for (const key of ['constructor.name', '__proto__', 'a.constructor.name', 'a.length']) {
      await expect(read('{"a":"s","b":"t"}', [key, 'b'])).rejects.toThrow(
        `t.jsonl:1: no text under the key '${key}'.`,
      );
    }
  });
});

describe('words', () => {
  it('are counted like others', () => {
    expect(bleu([text], [text]).score).toBeCloseTo(100, 10);
    expect(chrF([text], [text], { wordOrder: 2 }).score).toBeCloseTo(100, 10);
    expect(ter([text], [text]).edits).toBe(0);
    expect(ter([text], [NAMES.slice(1).join(' ')]).edits).toBe(1);
    const pairs = NAMES.flatMap((name) => [
      { source: name, target: `the ${name}` },
      { source: name, target: `the ${name}` },
    ]);
    const { pairs: kept, dropped } = cleanCorpus(pairs);
    expect([kept.length, dropped.duplicate]).toEqual([NAMES.length, NAMES.length]);
  });
});

describe('settings', () => {
  it('of such names are settings like others', () => {
    const saved = toSetting(parsed('{"__proto__": {"a": 1}, "constructor": 2}')) as never;
    expect(Object.entries(saved)).toEqual([
      ['__proto__', { a: 1 }],
      ['constructor', 2],
    ]);
    expect(differences(saved, {})).toEqual([
      { path: '__proto__', saved: { a: 1 }, now: undefined },
      { path: 'constructor', saved: 2, now: undefined },
    ]);
    expect(() => checkSettings(saved, {}, [])).toThrow('__proto__: saved {"a":1}, now none');
    expect(checkSettings(saved, {}, ['__proto__', 'constructor'])).toHaveLength(2);
    expect(() => checkSettings({ seed: 1 }, { seed: 1 }, ['toString'])).toThrow(
      "received 'toString', allowed seed",
    );
  });
});

describe('checkpoints', () => {
  const vocabulary = trainBpe(['a small test']);
  const model = transformer({
    ...{ vocabulary: vocabulary.size, padId: 1, width: 4, heads: 1, depth: 1 },
    method: admin(),
  });
  const array = { shape: [2], data: Float32Array.of(1, 2) };
  const settings = parsed('{"seed": 1, "batches": {"__proto__": "x"}, "constructor": 3, "__proto__": [4]}');
  const sound = async () =>
    encodeCheckpoint({
      config: model.config,
      parameters: Object.fromEntries([...Object.entries(await stateDict(model)), ['__proto__', array]]),
      vocabulary,
      training: {
        rule: { name: 'radam', options: parsed('{"__proto__": 1}') },
        position: { epoch: 0, index: 0 },
        optimizer: { updates: 1, m: Float32Array.of(1), v: Float32Array.of(2) },
        settings,
      },
    });

  it('give back tensors and settings of such names, and no model takes the tensors', async () => {
    const read = await decodeCheckpoint(await sound());
    expect(Object.getOwnPropertyDescriptor(read.parameters, '__proto__')?.value).toEqual(array);
    expect(JSON.stringify(read.training?.settings)).toBe(JSON.stringify(settings));
    expect(JSON.stringify(read.training?.rule.options)).toBe('{"__proto__":1}');
    expect(() => translatorFrom(read)).toThrow('not in the model __proto__');
  });

  it.each(['__proto__', 'constructor'])(
    'that name a file %s which is not there are refused',
    async (name) => {
      const files = await sound();
      const json = new TextDecoder().decode(files[MANIFEST]);
      const { checksum: _, ...manifest } = JSON.parse(json) as { checksum: string };
      const old = JSON.stringify({ ...manifest, version: 1 }).replace(
        '"checksums":{',
        `$&"${name}":"${'0'.repeat(64)}",`,
      );
      await expect(decodeCheckpoint({ ...files, [MANIFEST]: new TextEncoder().encode(old) })).rejects.toThrow(
        `checkpoint: ${name} is missing`,
      );
      const odd = old.replace('"checksums"', `"${name}":{},$&`);
      await expect(decodeCheckpoint({ ...files, [MANIFEST]: new TextEncoder().encode(odd) })).rejects.toThrow(
        `manifest: unknown option '${name}'`,
      );
    },
  );

  it.each(['constructor', '__proto__', 'toString'])('have no method called %s', async (name) => {
    const other = transformer({
      ...{ vocabulary: vocabulary.size, padId: 1, width: 4, heads: 1, depth: 1 },
      method: preLN(),
    });
    const config = JSON.parse(
      JSON.stringify(other.config).replaceAll('"preLN"', `"${name}"`),
    ) as typeof other.config;
    const parameters = await stateDict(other);
    expect(() => translatorFrom({ config, parameters, vocabulary })).toThrow(`'${name}'`);
  });
});

it('corpora of two vocabularies name sides, not properties', () => {
  const sides = Object.assign(Object.create({ source: 1, target: 2 }), {}) as never;
  expect(() => encodeCorpus([], sides)).toThrow('encodeCorpus() vocabulary');
});
