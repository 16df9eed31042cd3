import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { constant, preLN, radam, selectBackend, stateDict, transformer } from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decodeCheckpoint, encodeCheckpoint } from '../checkpoint/checkpoint';
import { Batches } from '../data/batches';
import { encodeCorpus } from '../data/encodeCorpus';
import { loadCheckpoint, loadTranslator, saveCheckpoint } from '../node';
import { trainBpe } from '../subwords/trainBpe';
import { Trainer } from '../training/trainer';
import { translationLoss } from '../training/translationLoss';
import { Translator } from './translator';
import { translatorFrom } from './translatorFrom';

const folder = mkdtempSync(join(tmpdir(), 'steadyformer-vocabularies-'));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(async () => {
  await selectBackend('cpu');
});

const pairs = [
  { source: 'a red house', target: 'ein rotes Haus' },
  { source: 'a blue car', target: 'ein blaues Auto' },
];
const source = trainBpe(
  pairs.map((pair) => pair.source),
  { merges: 30 },
);
const target = trainBpe(
  pairs.map((pair) => pair.target),
  { merges: 9 },
);
const vocabulary = { source, target };
const build = () =>
  transformer(
    {
      ...{ sourceVocabulary: source.size, vocabulary: target.size, padId: target.pad },
      ...{ width: 16, heads: 2, depth: 1, method: preLN() },
    },
    3,
  );

it('go from training through a folder to the same translations', async () => {
  expect(source.size).not.toBe(target.size);
  const model = build();
  const batches = new Batches(encodeCorpus(pairs, vocabulary), { maxTokens: 64 });
  const common = { batches, loss: translationLoss(0), rule: radam(), schedule: constant(2e-2) };
  const trainer = new Trainer({ model, ...common });
  for (let step = 0; step < 40; step++) await trainer.step();
  const parameters = await stateDict(model);
  const { name, options } = radam();
  const training = { ...(await trainer.state()), rule: { name, options } };
  await saveCheckpoint(folder, { config: model.config, parameters, vocabulary, training });
  const texts = ['a blue car', '', 'a red house'];
  const expected = await new Translator(model, vocabulary).translate(texts);
  expect(expected[2]!.text).toBe('ein rotes Haus');
  for (const { text, ids } of expected[0]!.hypotheses) expect(text).toBe(target.decode(ids));
  const tensors = tf.memory().numTensors;
  const loaded = await loadTranslator(folder);
  expect(await loaded.translate(texts)).toEqual(expected);
  expect(JSON.stringify(loaded.vocabulary)).toBe(JSON.stringify(vocabulary));
  loaded.model.dispose();
  expect(tf.memory().numTensors).toBe(tensors);
  const { vocabulary: read, training: state } = await loadCheckpoint(folder);
  expect(encodeCorpus(pairs, read)).toEqual(encodeCorpus(pairs, vocabulary));
  expect(state).toEqual(training);
});

it('are written as { source, target }, a joint one as it always was', async () => {
  const { config } = build();
  const said = async (given: Parameters<typeof encodeCheckpoint>[0]['vocabulary']) => {
    const files = await encodeCheckpoint({ config, parameters: {}, vocabulary: given });
    return JSON.parse(new TextDecoder().decode(files['checkpoint.json'])).vocabulary;
  };
  expect(await said(vocabulary)).toEqual({ source: source.toJSON(), target: target.toJSON() });
  expect(await said(source)).toEqual(source.toJSON());
});

it('are refused where they are mixed up, damaged or only one, and nothing is left', async () => {
  const model = build();
  const { config } = model;
  const parameters = await stateDict(model);
  const before = tf.memory().numTensors;
  const mixed = { source: target, target: source };
  expect(() => translatorFrom({ config, parameters, vocabulary: mixed })).toThrow(
    `Translator vocabulary.source: received ${target.size}, allowed the model's ${source.size} tokens.`,
  );
  expect(() => new Translator(model, { source, target: source })).toThrow(
    `Translator vocabulary.target: received ${source.size}, allowed the model's ${target.size} tokens.`,
  );
  expect(() => translatorFrom({ config, parameters, vocabulary: target })).toThrow(
    `allowed { source, target } of the model's ${source.size} and ${target.size} tokens.`,
  );
  expect(() => new Translator(model, { source } as never)).toThrow('Translator vocabulary.target: received');
  await expect(
    encodeCheckpoint({ config, parameters, vocabulary: { source, target: {} } as never }),
  ).rejects.toThrow('checkpoint.vocabulary.target: received {}, allowed a Bpe');
  const files = await encodeCheckpoint({ config, parameters, vocabulary });
  const json = JSON.parse(new TextDecoder().decode(files['checkpoint.json']));
  delete json.checksum;
  const decode = (other: object) =>
    decodeCheckpoint({
      ...files,
      'checkpoint.json': new TextEncoder().encode(JSON.stringify({ ...json, version: 1, vocabulary: other })),
    });
  await expect(decode({ source: source.toJSON() })).rejects.toThrow('manifest.vocabulary.target: received');
  await expect(decode({ ...json.vocabulary, more: 1 })).rejects.toThrow("unknown option 'more'");
  await expect(decode({ ...json.vocabulary, target: { format: 'x' } })).rejects.toThrow('BPE vocabulary');
  expect(tf.memory().numTensors).toBe(before);
});
