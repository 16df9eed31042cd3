import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  admin,
  fromConfig,
  loadStateDict,
  selectBackend,
  stateDict,
  type Transformer,
  transformer,
} from '@steadyformer/core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Translator } from '../decoding/translator';
import { loadCheckpoint, saveCheckpoint } from '../node';
import { trainBpe } from '../subwords/trainBpe';
import type { Checkpoint } from './checkpoint';

const folder = mkdtempSync(join(tmpdir(), 'steadyformer-checkpoint-'));
afterAll(() => rmSync(folder, { recursive: true }));
beforeAll(async () => {
  await selectBackend('cpu');
});

const vocabulary = trainBpe(['a small test', 'ein kleiner Test'], { merges: 20 });
const model = transformer(
  { vocabulary: vocabulary.size, padId: 1, width: 8, heads: 2, depth: 1, method: admin() },
  2,
);

const make = async (updates: number): Promise<Checkpoint> => ({
  config: model.config,
  parameters: await stateDict(model),
  vocabulary,
  training: {
    rule: { name: 'radam', options: { beta1: 0.9 } },
    position: { epoch: 1, index: 2 },
    optimizer: { updates, m: Float32Array.of(1, 2), v: Float32Array.of(3, 4) },
  },
});

it('comes back as it was saved, and translates the same', async () => {
  const path = join(folder, 'one');
  const saved = await make(7);
  await saveCheckpoint(path, saved);
  const loaded = await loadCheckpoint(path);
  expect(loaded.config).toEqual(saved.config);
  expect(loaded.parameters).toEqual(saved.parameters);
  expect(loaded.training).toEqual(saved.training);
  expect(JSON.stringify(loaded.vocabulary)).toBe(JSON.stringify(vocabulary));
  const copy = fromConfig(loaded.config) as Transformer;
  loadStateDict(copy, loaded.parameters);
  const translate = async (own: Transformer, bpe: Checkpoint['vocabulary']) =>
    (await new Translator(own, bpe).translate(['a small test', 'test'], { beamSize: 2 })).map(
      ({ text }) => text,
    );
  expect(await translate(copy, loaded.vocabulary)).toEqual(await translate(model, vocabulary));
});

it('replaces an older one whole, and survives an interruption between the two', async () => {
  const path = join(folder, 'two');
  await saveCheckpoint(path, await make(1));
  await saveCheckpoint(path, await make(2));
  expect(readdirSync(folder).filter((name) => name.startsWith('two'))).toEqual(['two']);
  expect((await loadCheckpoint(path)).training!.optimizer.updates).toBe(2);
  // As if the process had died after the old one was moved away.
  renameSync(path, `${path}.previous`);
  expect((await loadCheckpoint(path)).training!.optimizer.updates).toBe(2);
});

it('refuses what is missing, cut off or of another format, saying which file', async () => {
  await expect(loadCheckpoint(join(folder, 'none'))).rejects.toThrow('holds no checkpoint.json');
  const path = join(folder, 'three');
  await saveCheckpoint(path, await make(1));
  const file = join(path, 'model.safetensors');
  truncateSync(file, readFileSync(file).length - 4);
  await expect(loadCheckpoint(path)).rejects.toThrow('model.safetensors is damaged');
  rmSync(file);
  await expect(loadCheckpoint(path)).rejects.toThrow('model.safetensors is missing');
  writeFileSync(join(path, 'checkpoint.json'), '{"format":"other","version":3}');
  await expect(loadCheckpoint(path)).rejects.toThrow("format 'other' version 3");
});
