import { languageModelConfig, postLN } from '@steadyformer/core';
import type { CheckpointFiles } from '@steadyformer/translate';
import {
  bytes,
  damaged,
  header,
  type Json,
  MANIFEST,
  MODEL,
  sizes,
  text,
  vocabulary,
  withHeaderLength,
  withManifest,
  withModel,
  without,
  withWeights,
} from './damage';

/** What may be wrong with the folder of a model, and what is said of it; of weights that are NaN it shows in use. */
export const DAMAGES: readonly (readonly [string, () => CheckpointFiles, string])[] = [
  ['no manifest', without(MANIFEST), 'it holds no checkpoint.json. Name the folder'],
  ['no weights', without(MODEL), 'model.safetensors is missing; copy the whole folder'],
  ['a manifest cut off', damaged(MANIFEST, (file) => file.subarray(0, 200)), 'checkpoint.json is not JSON'],
  ['an empty manifest', damaged(MANIFEST, () => new Uint8Array()), 'checkpoint.json is not JSON'],
  [
    'a manifest of no UTF-8',
    damaged(MANIFEST, () => Uint8Array.of(0xff, 0xfe)),
    'checkpoint.json is not JSON',
  ],
  [
    'a manifest that was edited',
    damaged(MANIFEST, (file) => bytes(text(file).replace('"width": 8', '"width": 4'))),
    'checkpoint.json is damaged (its checksum differs)',
  ],
  [
    'a list for a manifest',
    damaged(MANIFEST, () => bytes('[]')),
    'checkpoint.json: received [], allowed an object',
  ],
  [
    'another version',
    withManifest((m) => {
      m.version = 3;
    }),
    "version 3, allowed 'steadyformer-checkpoint' version 1 or 2; use a release as new as",
  ],
  [
    'another format',
    withManifest((m) => {
      m.format = 'pytorch';
    }),
    "checkpoint.json: format 'pytorch' version 2",
  ],
  [
    'no config',
    withManifest((m) => {
      delete m.config;
    }),
    'checkpoint.json: manifest.config: received undefined, allowed an object',
  ],
  [
    'a config that is a text',
    withManifest((m) => {
      m.config = 'deep';
    }),
    "checkpoint.json: manifest.config: received 'deep'",
  ],
  [
    'a config of no width',
    withManifest((m) => {
      (m.config as Json).width = null;
    }),
    'checkpoint.json: config.width: received null, allowed whole numbers >= 1',
  ],
  [
    'a config of a wider model',
    withManifest((m) => {
      (m.config as Json).width = 16;
    }),
    "model.safetensors: parameter 'sourceEmbedding.table': received shape [20, 8], expected [20, 16]",
  ],
  [
    'a config of heads that do not divide',
    withManifest((m) => {
      (m.config as Json).heads = 3;
    }),
    'checkpoint.json: self-attention heads: received 3, allowed divisors of the width 8',
  ],
  [
    'a config of a method that is none',
    withManifest((m) => {
      (m.config as Json).method = { name: 'none' };
    }),
    "checkpoint.json: config: unknown option 'method'",
  ],
  [
    'a config of another kind',
    withManifest((m) => {
      m.config = languageModelConfig({ ...sizes, method: postLN() });
    }),
    "checkpoint.json: kind of model: received 'languageModel', allowed 'transformer'. Give a model that translates",
  ],
  [
    'a config of a kind that is none',
    withManifest((m) => {
      (m.config as Json).kind = 'oracle';
    }),
    "checkpoint.json: kind of model: received 'oracle'",
  ],
  [
    'a config of too many tokens',
    withManifest((m) => {
      (m.config as Json).vocabulary = vocabulary.size + 1;
    }),
    "model.safetensors: parameter 'sourceEmbedding.table': received shape [20, 8], expected [21, 8]",
  ],
  [
    'no vocabulary',
    withManifest((m) => {
      m.vocabulary = {};
    }),
    'checkpoint.json: format and version of a BPE vocabulary: received [undefined, undefined]',
  ],
  [
    'a vocabulary of numbers',
    withManifest((m) => {
      (m.vocabulary as Json).tokens = [1, 2];
    }),
    'checkpoint.json: BPE vocabulary.tokens[0]: received 1, allowed a text',
  ],
  [
    'a vocabulary cut off',
    withManifest((m) => {
      ((m.vocabulary as Json).tokens as string[]).pop();
    }),
    "checkpoint.json: Translator vocabulary: received 19, allowed the model's 20 tokens. Use the vocabulary",
  ],
  [
    'checksums of nothing',
    withManifest((m) => {
      m.checksums = {};
    }),
    'checkpoint.json names no model.safetensors',
  ],
  [
    'checksums that are none',
    withManifest((m) => {
      m.checksums = { [MODEL]: 'abc' };
    }),
    "checkpoint.json: manifest.checksums.model.safetensors: received 'abc'",
  ],
  [
    'a profile that is none',
    withManifest((m) => {
      m.profile = { version: 'x' };
    }),
    'checkpoint.json: profile: missing format',
  ],
  [
    'training that is none',
    withManifest((m) => {
      m.training = { updates: -1 };
    }),
    'checkpoint.json: manifest.training.rule: received undefined',
  ],
  [
    'weights with other bytes',
    damaged(MODEL, (file) => {
      file[file.length - 3]! ^= 64;
      return file;
    }),
    "model.safetensors' is damaged: its SHA-256 is",
  ],
  [
    'weights cut off',
    damaged(MODEL, (file) => file.subarray(0, file.length / 2)),
    'model.safetensors is damaged (not a readable safetensors file: tensor',
  ],
  [
    'weights cut off, and vouched for',
    withModel((file) => file.subarray(0, file.length - 8)),
    'of shape [8] does not fit: it ends at byte',
  ],
  [
    'empty weights',
    withModel(() => new Uint8Array()),
    'model.safetensors is damaged (not a readable safetensors file: 0 bytes',
  ],
  [
    'a header longer than the file',
    withHeaderLength(10n ** 9n),
    'a header of 1000000000 bytes, the format allows 100000000',
  ],
  [
    'a header of 2^63 bytes',
    withHeaderLength(2n ** 63n),
    'a header of 9223372036854775808 bytes, the format allows 100000000',
  ],
  ['a header of no bytes', withHeaderLength(0n), 'the header is not a JSON object'],
  ['a header cut short', withHeaderLength(20n), 'the header is not a JSON object'],
  ['a header that is no JSON', header((said) => said.replace('{', '(')), 'the header is not a JSON object'],
  [
    'a header of another type of numbers',
    header((said) => said.replace('"F32"', '"I64"')),
    'of shape [20, 8] does not fit its bytes 0 to 640',
  ],
  [
    'a header with offsets that overlap',
    header((said) => said.replace(/"data_offsets":\[\d+/, '"data_offsets":[4')),
    'begins at byte 4, the one before it ends at 0',
  ],
  [
    'bytes after the weights',
    withModel((file) => Uint8Array.from([...file, 1, 2, 3, 4])),
    '4 bytes after the last tensor belong to none',
  ],
  [
    'a weight that is NaN',
    withWeights((tensors) => {
      Object.values(tensors)[0]!.data[1] = Number.NaN;
    }),
    '',
  ],
  [
    'a weight that is infinite',
    withWeights((tensors) => {
      Object.values(tensors).at(-1)!.data[0] = Number.POSITIVE_INFINITY;
    }),
    "model.safetensors: parameter 'decoder.layers.0.feedForward.after.bias': received Infinity",
  ],
  [
    'all weights NaN',
    withWeights((tensors) => {
      for (const { data } of Object.values(tensors)) data.fill(Number.NaN);
    }),
    '',
  ],
  [
    'a weight of another shape',
    withWeights((tensors) => {
      const [one] = Object.values(tensors).filter(({ shape }) => shape.length === 2);
      one!.shape.reverse();
    }),
    'received shape [8, 20], expected [20, 8]',
  ],
  [
    'a weight too few',
    withWeights((tensors) => {
      delete tensors[Object.keys(tensors)[2]!];
    }),
    'model.safetensors: the state does not belong to this model: missing encoder',
  ],
  [
    'a weight too many',
    withWeights((tensors) => {
      tensors['decoder.more'] = { shape: [1], data: Float32Array.of(1) };
    }),
    'model.safetensors: the state does not belong to this model: not in the model decoder.more',
  ],
];
