import { readFileSync } from 'node:fs';
import { decodeSafetensors, encodeSafetensors, type NamedArray, selectBackend } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Translator } from '../../decoding/translator';
import { translatorFrom } from '../../decoding/translatorFrom';
import type { ExportedFiles } from '../exportedFiles';
import { exportModel } from '../exportModel';
import { exportable, SOURCES } from '../fixtures/models';
import { importMarian } from './importMarian';

let translators: Readonly<Record<string, Translator>>;
let files: ExportedFiles;
beforeAll(async () => {
  await selectBackend('cpu');
  translators = exportable();
  files = await exportModel(translators.postLN!, { format: 'marian' });
});
afterAll(() => {
  for (const { model } of Object.values(translators)) model.dispose();
});

const ids = (rows: number[][]): tf.Tensor2D => tf.tensor2d(rows, undefined, 'int32');

describe('importMarian', () => {
  it.each(['admin', 'postLN', 'ownVocabularies', 'untied'])('brings back what left (%s)', async (name) => {
    const there = translators[name]!;
    const left = await exportModel(there, { format: 'marian' });
    const before = tf.memory().numTensors;
    const checkpoint = importMarian(left);
    expect(tf.memory().numTensors).toBe(before);
    expect(JSON.stringify(checkpoint.vocabulary)).toBe(JSON.stringify(there.vocabulary));
    const back = translatorFrom(checkpoint);
    const batch = {
      source: ids([
        [7, 9, 4, 2],
        [5, 2, 1, 1],
      ]),
      target: ids([
        [2, 4, 5],
        [2, 8, 9],
      ]),
    };
    const [a, b] = [there.model.call(batch), back.model.call(batch)];
    const largest = (x: tf.Tensor): number => tf.max(tf.abs(x)).dataSync()[0]!;
    // Where nothing is folded not a bit changes.
    const bound = name === 'admin' || name === 'untied' ? 1e-5 : 0;
    expect(largest(tf.sub(a, b)) / largest(a)).toBeLessThanOrEqual(bound);
    const said = async (translator: Translator): Promise<string[]> =>
      (await translator.translate(SOURCES, { beamSize: 2, maxLength: () => 12 })).map(({ text }) => text);
    expect(await said(back)).toEqual(await said(there));
    // What came back leaves as it had left.
    const again = await exportModel(back, { format: 'marian' });
    for (const [file, bytes] of Object.entries(left))
      expect(Buffer.compare(again[file]!, bytes), file).toBe(0);
    back.model.dispose();
  });

  it('reads what transformers itself saved, as the model that it is there', () => {
    const read = (name: string): Uint8Array =>
      Uint8Array.from(readFileSync(new URL(`../fixtures/marian/${name}`, import.meta.url)));
    const checkpoint = importMarian({
      'config.json': read('config.json'),
      'model.safetensors': read('model.safetensors'),
      'tokenizer.json': files['tokenizer.json']!,
    });
    expect(checkpoint.config).toMatchObject({ tiedEmbeddings: true, activation: 'swish', width: 8 });
    const { model } = translatorFrom(checkpoint);
    const { source, target, logits } = JSON.parse(new TextDecoder().decode(read('logits.json')));
    const found = model.call({ source: ids(source), target: ids(target) }).dataSync();
    expect(found.length).toBe(logits.length);
    for (const [i, expected] of logits.entries()) expect(Math.abs(found[i]! - expected)).toBeLessThan(1e-5);
    model.dispose();
  });

  it('keeps how text is normalised', async () => {
    const { model, vocabulary } = translators.postLN!;
    const { Bpe } = await import('../../subwords/bpe');
    const { Translator } = await import('../../decoding/translator');
    const plain = Bpe.fromJSON(JSON.parse(JSON.stringify(vocabulary)));
    for (const normalisation of ['text', 'none'] as const) {
      const own = new Bpe({ ...plain.model, normalisation });
      const left = await exportModel(new Translator(model, own), { format: 'marian' });
      expect((importMarian(left).vocabulary as typeof own).model.normalisation ?? 'none').toBe(normalisation);
    }
  });

  it("computes Marian's own positions where the file has none", () => {
    const { tensors } = decodeSafetensors(files['model.safetensors']!);
    const rest = Object.fromEntries(Object.entries(tensors).filter(([key]) => !key.includes('positions')));
    const { parameters } = importMarian({ ...files, 'model.safetensors': encodeSafetensors(rest) });
    const { shape, data } = parameters['sourceEmbedding.positionTable']!;
    expect(shape).toEqual([32, 8]);
    // sin(3), sin(3 / 10), ... then the cosines, as MarianSinusoidalPositionalEmbedding has them.
    const expected = [0.14112, 0.29552, 0.0299955, 0.003, -0.989992, 0.955336, 0.99955, 0.9999955];
    expect([...data.slice(24, 32)].map((x, i) => Math.abs(x - expected[i]!) < 1e-5)).not.toContain(false);
  });
});

const text = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));
const json = (name: string): Record<string, unknown> => JSON.parse(new TextDecoder().decode(files[name]));
const without = (name: string): ExportedFiles =>
  Object.fromEntries(Object.entries(files).filter(([key]) => key !== name));
const configured = (changes: object): ExportedFiles => ({
  ...files,
  'config.json': text({ ...json('config.json'), ...changes }),
});
const tokenized = (changes: object): ExportedFiles => ({
  ...files,
  'tokenizer.json': text({ ...json('tokenizer.json'), ...changes }),
});
const weighted = (change: (tensors: Record<string, NamedArray>) => void): ExportedFiles => {
  const tensors = { ...decodeSafetensors(files['model.safetensors']!).tensors };
  change(tensors);
  return { ...files, 'model.safetensors': encodeSafetensors(tensors) };
};
const FIRST = 'model.encoder.layers.0.self_attn.q_proj.weight';

describe('importMarian refuses', () => {
  it.each<readonly [string, () => ExportedFiles, RegExp]>([
    ['no config', () => without('config.json'), /the Marian folder has no config\.json/],
    ['no weights', () => without('model.safetensors'), /has no model\.safetensors/],
    [
      'SentencePiece alone',
      () => without('tokenizer.json'),
      /has no tokenizer\.json: a vocabulary of SentencePiece alone/,
    ],
    ['no JSON', () => ({ ...files, 'config.json': Uint8Array.of(123) }), /config\.json: it is not JSON/],
    ['no UTF-8', () => ({ ...files, 'config.json': Uint8Array.of(0xff) }), /config\.json: it is not JSON/],
    [
      'null for a config',
      () => ({ ...files, 'config.json': text(null) }),
      /config\.json: model_type: received undefined, allowed 'marian'/,
    ],
    [
      'another architecture',
      () => configured({ model_type: 'bart' }),
      /config\.json: model_type: received 'bart', allowed 'marian'/,
    ],
    ['Pre-LN', () => configured({ normalize_before: true }), /normalize_before is true/],
    [
      'another activation',
      () => configured({ activation_function: 'gelu' }),
      /config\.json\.activation_function: received 'gelu', allowed 'relu', 'gelu_pytorch_tanh'/,
    ],
    [
      'an activation by the name of a method of objects',
      () => configured({ activation_function: 'constructor' }),
      /activation_function: received 'constructor'/,
    ],
    ['a width that is no number', () => configured({ d_model: '8' }), /config\.json\.d_model: received '8'/],
    [
      'a width of heads that is none',
      () => configured({ encoder_attention_heads: 3, decoder_attention_heads: 3 }),
      /heads: received 3, allowed divisors of the width 8/,
    ],
    [
      'stacks of unlike heads',
      () => configured({ decoder_attention_heads: 4 }),
      /decoder_attention_heads: received 4, allowed encoder_attention_heads, 2/,
    ],
    ['plain embeddings', () => configured({ scale_embedding: false }), /scale_embedding: received false/],
    [
      'more positions than memory has room for, of which the file has none',
      () => ({
        ...configured({ max_position_embeddings: 2 ** 40 }),
        'model.safetensors': weighted((tensors) => {
          for (const key of Object.keys(tensors)) if (key.includes('positions')) delete tensors[key];
        })['model.safetensors']!,
      }),
      /max_position_embeddings: received 1099511627776, allowed whole numbers from 1 to 1048576/,
    ],
    [
      'another begin',
      () => configured({ decoder_start_token_id: 1 }),
      /decoder_start_token_id: received 1, allowed 2/,
    ],
    [
      'a vocabulary of another size',
      () => configured({ vocab_size: 50, decoder_vocab_size: 50 }),
      /'model\.shared\.weight' has the shape \[\d+, 8\], by config\.json it is \[50, 8\]/,
    ],
    [
      'more layers than there are',
      () => configured({ encoder_layers: 2 }),
      /no tensor 'model\.encoder\.layers\.1\./,
    ],
    [
      'fewer layers than there are',
      () => configured({ decoder_layers: 2 }),
      /26 of its tensors are none of a Marian of this config\.json, such as 'model\.decoder\.layers\.2\./,
    ],
    [
      'a missing tensor',
      () =>
        weighted((tensors) => {
          delete tensors[FIRST];
        }),
      /model\.safetensors: it has no tensor 'model\.encoder\.layers\.0\.self_attn\.q_proj\.weight'/,
    ],
    [
      'a misshapen tensor',
      () =>
        weighted((tensors) => {
          tensors[FIRST] = { ...tensors[FIRST]!, shape: [4, 16] };
        }),
      /has the shape \[4, 16\], by config\.json it is \[8, 8\]/,
    ],
    [
      'a bias of the output',
      () =>
        weighted((tensors) => {
          tensors.final_logits_bias!.data[3] = 1;
        }),
      /'final_logits_bias' is not zero \(1 for token 3\)/,
    ],
    [
      'half the weights',
      () => ({ ...files, 'model.safetensors': files['model.safetensors']!.slice(0, 3000) }),
      /model\.safetensors: /,
    ],
    [
      'another kind of tokenizer',
      () => tokenized({ model: { ...(json('tokenizer.json').model as object), type: 'Unigram' } }),
      /tokenizer\.json\.model\.type: received 'Unigram', allowed 'BPE'/,
    ],
    [
      'another pre-tokenizer',
      () => tokenized({ pre_tokenizer: { type: 'ByteLevel' } }),
      /tokenizer\.json: its normalizer, pre-tokenizer and decoder are those of no vocabulary/,
    ],
    [
      'other special tokens',
      () =>
        tokenized({
          model: { ...(json('tokenizer.json').model as object), vocab: { '</s>': 0 }, merges: [] },
        }),
      /tokenizer\.json: its token 0 is '<\/s>', where this package has '<s>'/,
    ],
    [
      'ids that leave gaps',
      () => tokenized({ model: { ...(json('tokenizer.json').model as object), vocab: { '<s>': 0, a: 7 } } }),
      /the ids of its vocab are not 0 to 1, each once/,
    ],
    [
      'a merge that is none',
      () => tokenized({ model: { ...(json('tokenizer.json').model as object), merges: [{}] } }),
      /tokenizer\.json: model\.merges/,
    ],
    [
      'a vocabulary of fewer tokens than the model',
      () => {
        const model = json('tokenizer.json').model as { vocab: Record<string, number> };
        const vocab = Object.fromEntries(Object.entries(model.vocab).slice(0, 20));
        return tokenized({ model: { ...model, vocab, merges: [] } });
      },
      /Translator vocabulary: received 20, allowed the model's \d+ tokens/,
    ],
  ])('%s', (_, damaged, message) => {
    const before = tf.memory().numTensors;
    let error: unknown;
    try {
      importMarian(damaged());
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ name: 'SteadyformerError', message: expect.stringMatching(message) });
    expect(tf.memory().numTensors).toBe(before);
  });
});
