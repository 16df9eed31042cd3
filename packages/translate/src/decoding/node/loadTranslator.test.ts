import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  admin,
  languageModelConfig,
  postLN,
  selectBackend,
  stateDict,
  type TransformerConfig,
  transformer,
} from '@steadyformer/core';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { saveCheckpoint } from '../../checkpoint/node/checkpointFolder';
import { trainBpe } from '../../subwords/trainBpe';
import { Translator } from '../translator';
import { translatorFrom } from '../translatorFrom';
import { loadTranslator } from './loadTranslator';

const folder = mkdtempSync(join(tmpdir(), 'steadyformer-translator-'));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(async () => {
  await selectBackend('cpu');
});

const vocabulary = trainBpe(['a small test', 'ein kleiner Test'], { merges: 20 });
const options = { vocabulary: vocabulary.size, padId: vocabulary.pad, width: 8, heads: 2, depth: 1 };

describe('loadTranslator', () => {
  it('translates as the model that was saved', async () => {
    const model = transformer({ ...options, method: admin() }, 2);
    const path = join(folder, 'one');
    await saveCheckpoint(path, { config: model.config, parameters: await stateDict(model), vocabulary });
    const tensors = tf.memory().numTensors;
    const translator = await loadTranslator(path);
    const texts = ['a small test', '', 'Test'];
    expect(await translator.translate(texts)).toEqual(
      await new Translator(model, vocabulary).translate(texts),
    );
    translator.model.dispose();
    expect(tf.memory().numTensors).toBe(tensors);
  });

  it("builds a model with a method of the user's own", async () => {
    const method = { ...postLN(), name: 'mine' };
    const model = transformer({ ...options, method }, 2);
    const path = join(folder, 'own');
    await saveCheckpoint(path, { config: model.config, parameters: await stateDict(model), vocabulary });
    await expect(loadTranslator(path)).rejects.toThrow("'mine'");
    const translator = await loadTranslator(path, { methods: { mine: () => method } });
    const texts = ['a small test'];
    expect(await translator.translate(texts)).toEqual(
      await new Translator(model, vocabulary).translate(texts),
    );
  });

  it('says what a folder is that is none', async () => {
    await expect(loadTranslator(join(folder, 'none'))).rejects.toThrow(/no checkpoint in '.*none'/);
    await expect(loadTranslator(folder)).rejects.toThrow(/no checkpoint in/);
    const file = join(folder, 'file.txt');
    writeFileSync(file, 'text');
    await expect(loadTranslator(file)).rejects.toThrow(/no checkpoint in/);
  });

  it('refuses a damaged one and leaves no tensor', async () => {
    const model = transformer({ ...options, method: admin() }, 2);
    const path = join(folder, 'damaged');
    await saveCheckpoint(path, { config: model.config, parameters: await stateDict(model), vocabulary });
    const weights = join(path, 'model.safetensors');
    const bytes = readFileSync(weights);
    bytes[bytes.length - 3]! ^= 64;
    writeFileSync(weights, bytes);
    const tensors = tf.memory().numTensors;
    await expect(loadTranslator(path)).rejects.toThrow('model.safetensors is damaged');
    expect(tf.memory().numTensors).toBe(tensors);
  });
});

describe('translatorFrom', () => {
  it('refuses parts that do not belong together, and leaves no tensor', async () => {
    const model = transformer({ ...options, method: admin() }, 2);
    const parameters = await stateDict(model);
    const tensors = tf.memory().numTensors;
    const other = trainBpe(['another text'], { merges: 2 });
    expect(() => translatorFrom({ config: model.config, parameters, vocabulary: other })).toThrow(
      'Translator vocabulary: received',
    );
    const wider = { ...model.config, width: 16 };
    expect(() => translatorFrom({ config: wider, parameters, vocabulary })).toThrow('received shape');
    const config = languageModelConfig({ ...options, method: postLN() }) as unknown as TransformerConfig;
    expect(() => translatorFrom({ config, parameters, vocabulary })).toThrow(
      "kind of model: received 'languageModel', allowed 'transformer'.",
    );
    expect(tf.memory().numTensors).toBe(tensors);
  });
});
