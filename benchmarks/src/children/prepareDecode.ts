// A model and sentences for the decode suite, the same for all competitors. Argument: JSON of PrepareDecode.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { postLN, stateDict, transformer } from '@steadyformer/core';
import { Translator, trainBpe } from '@steadyformer/translate';
import { exportModel } from '@steadyformer/translate/export';
import { loadTextFile, loadTranslator, saveCheckpoint } from '@steadyformer/translate/node';
import { useBackend } from './backend';
import type { DecodeSize, DecodeTask } from './decode';

export interface PrepareDecode {
  readonly size: DecodeSize;
  /** Where everything is written. */
  readonly folder: string;
  /** A checkpoint of a translation model with one vocabulary; without, one of random weights. */
  readonly model?: string;
  /** The vocabulary of random weights is learned from these. */
  readonly text: readonly string[];
  /** The first sentences of this file are translated. */
  readonly sources: string;
}

const { size, folder, model, text, sources } = JSON.parse(process.argv[2]!) as PrepareDecode;

const random = async (): Promise<Translator> => {
  const { width, heads, feedForward, depth, merges } = size;
  const lines = (await Promise.all(text.map((file) => loadTextFile(file)))).flat();
  const vocabulary = trainBpe(lines, { merges });
  const shape = { width, heads, feedForward, depth, method: postLN() };
  return new Translator(
    transformer({ vocabulary: vocabulary.size, padId: vocabulary.pad, ...shape }),
    vocabulary,
  );
};

await useBackend('onnxruntime', true);
const translator = await (model === undefined ? random() : loadTranslator(model));
const { vocabulary } = translator;
if ('source' in vocabulary) throw new Error(`--model: '${model}' has two vocabularies, allowed one`);
for (const format of ['marian', 'ctranslate2'] as const) {
  mkdirSync(join(folder, format), { recursive: true });
  for (const [name, bytes] of Object.entries(await exportModel(translator, { format, maxLength: 512 }))) {
    writeFileSync(join(folder, format, name), bytes);
  }
}
const parameters = await stateDict(translator.model);
await saveCheckpoint(join(folder, 'model'), { config: translator.model.config, parameters, vocabulary });
const texts = (await loadTextFile(sources)).filter((line) => line.trim() !== '').slice(0, size.sentences);
const ids = texts.map((line) => [...vocabulary.encode(vocabulary.normalise(line)), vocabulary.eos]);
const { config } = translator.model;
const depths = [config.encoder, config.decoder].map(({ depth }) => depth).join('+');
const task: DecodeTask = {
  folder,
  texts,
  ids,
  vocabulary: vocabulary.size,
  about: `${depths} layers, d=${config.width}, V=${vocabulary.size}`,
  ...(model === undefined ? { length: size.length } : {}),
};
writeFileSync(join(folder, 'task.json'), JSON.stringify(task));
