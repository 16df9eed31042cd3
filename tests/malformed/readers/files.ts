import { writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { admin, decodeSafetensors, encodeSafetensors, stateDict, transformer } from '@steadyformer/core';
import { readSafetensors } from '@steadyformer/core/node';
import { decodeCheckpoint, encodeCheckpoint, trainBpe } from '@steadyformer/translate';
import {
  inspectCheckpoint,
  loadCheckpoint,
  loadParallelFiles,
  loadTranslator,
} from '@steadyformer/translate/node';
import { inFolder } from '../folder';
import { agrees, bytesReader, filesReader, type Reader, sameAsSound } from '../reader';
import { linesOf } from './corpora';
import { readByTheFormat } from './safetensorsReference';

const array = (shape: number[], from = 0) => ({
  shape,
  data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => from + i / 4),
});

const safetensors = [
  () =>
    encodeSafetensors({ 'a.weight': array([2, 3]), 'a.bias': array([3], 9) }, { format: 'x', note: 'ü "q"' }),
  () =>
    encodeSafetensors({ empty: array([0, 4]), scalar: array([], 1), 'long.name.of.it': array([5, 1, 2]) }),
  () => encodeSafetensors({}),
];

const contents = ({ tensors, metadata }: ReturnType<typeof decodeSafetensors>) => ({
  metadata: { ...metadata },
  tensors: Object.entries(tensors).map(
    ([name, { shape, data }]) => [name, { shape: [...shape], data }] as const,
  ),
});

const vocabulary = trainBpe(['a small test', 'ein kleiner Test'], { merges: 5 });

const checkpoint = async () => {
  const model = transformer(
    { vocabulary: vocabulary.size, padId: 1, width: 4, heads: 1, depth: 1, method: admin() },
    2,
  );
  const files = await encodeCheckpoint({
    config: model.config,
    parameters: await stateDict(model),
    vocabulary,
    training: {
      rule: { name: 'radam', options: { beta1: 0.9 } },
      position: { epoch: 1, index: 2 },
      optimizer: { updates: 5, m: Float32Array.of(1, 2), v: Float32Array.of(3, 4) },
    },
  });
  model.dispose();
  return files;
};
const sound = await checkpoint();
const copied = () => Object.fromEntries(Object.entries(sound).map(([name, bytes]) => [name, bytes.slice()]));

/** A folder that holds these files. */
const written = <T>(given: Readonly<Record<string, Uint8Array>>, use: (folder: string) => Promise<T>) =>
  inFolder(async (parent) => {
    const folder = join(parent, 'run');
    await mkdir(folder);
    for (const [name, bytes] of Object.entries(given)) writeFileSync(join(folder, name), bytes);
    return use(folder);
  });

const translates = async (folder: string): Promise<string> => {
  const translator = await loadTranslator(folder);
  try {
    const [said] = await translator.translate(['a small test'], { maxLength: () => 4 });
    return JSON.stringify(said);
  } finally {
    translator.model.dispose();
  }
};

/** What a checkpoint says, as plain data. */
const said = (read: Awaited<ReturnType<typeof decodeCheckpoint>>): unknown => {
  const { vocabulary: bpe, ...rest } = read;
  return { ...rest, vocabulary: JSON.parse(JSON.stringify(bpe)) as unknown };
};

const toUtf8 = (text: string) => new TextEncoder().encode(text);
const german = ['eins\nzwei\ndrei\n', 'ein Haus\r\nein rotes Haus\r\n\u00fcber uns'].map(toUtf8);

/** The pairs of a file beside three lines of English, by an independent reading. */
const besideEnglish = (bytes: Uint8Array, zipped: boolean) => {
  try {
    const lines = linesOf(zipped ? new Uint8Array(gunzipSync(bytes)) : bytes);
    if (lines === 'malformed' || lines.length !== 3 || lines.some((line) => line.trim() === ''))
      return 'malformed';
    return lines.map((target, i) => ({ source: `line ${i + 1}`, target }));
  } catch {
    return 'malformed';
  }
};

const besideEnglishRead = (name: string) => (bytes: Uint8Array) =>
  inFolder((folder) => {
    const [source, target] = [join(folder, 't.en'), join(folder, name)];
    writeFileSync(source, 'line 1\nline 2\nline 3\n');
    writeFileSync(target, bytes);
    return loadParallelFiles({ source, target });
  });

const translation = await written(sound, translates);

export const files: readonly Reader[] = [
  bytesReader({
    name: 'core: decodeSafetensors',
    weight: 3,
    sound: safetensors,
    read: (bytes) => contents(decodeSafetensors(bytes)),
    judge: (result, bytes) => agrees<unknown>(result, readByTheFormat(bytes)),
  }),
  bytesReader({
    name: 'core/node: readSafetensors',
    sound: safetensors,
    read: (bytes) =>
      inFolder(async (folder) => {
        writeFileSync(join(folder, 'a.safetensors'), bytes);
        return contents(await readSafetensors(join(folder, 'a.safetensors')));
      }),
    judge: (result, bytes) => agrees<unknown>(result, readByTheFormat(bytes)),
  }),
  filesReader({
    name: 'translate: decodeCheckpoint',
    weight: 2,
    sound: [copied],
    read: async (given) => said(await decodeCheckpoint(given)),
    judge: sameAsSound(async (given) => said(await decodeCheckpoint(given))),
  }),
  filesReader({
    name: 'translate/node: loadCheckpoint',
    sound: [copied],
    read: (given) => written(given, async (folder) => said(await loadCheckpoint(folder))),
    judge: sameAsSound(async (given) => said(await decodeCheckpoint(given))),
  }),
  filesReader({
    name: 'translate/node: loadTranslator',
    sound: [copied],
    read: (given) => written(given, translates),
    // What the optimizer knew is not read.
    judge: (result) => agrees(result, translation),
  }),
  filesReader({
    name: 'translate/node: inspectCheckpoint',
    // The weights are not looked at.
    sound: [() => ({ 'checkpoint.json': copied()['checkpoint.json']! })],
    read: (given) => written(given, inspectCheckpoint),
    judge: (result, given) =>
      agrees<unknown>(result, 'checkpoint.json' in given ? { updates: 5 } : undefined),
  }),
  bytesReader({
    name: 'translate/node: loadParallelFiles',
    sound: german.map((bytes) => () => bytes.slice()),
    read: besideEnglishRead('t.de'),
    judge: (result, bytes) => agrees<unknown>(result, besideEnglish(bytes, false)),
  }),
  bytesReader({
    name: 'translate/node: loadParallelFiles, gzipped',
    sound: german.map((bytes) => () => new Uint8Array(gzipSync(bytes))),
    read: besideEnglishRead('t.de.gz'),
    judge: (result, bytes) => agrees<unknown>(result, besideEnglish(bytes, true)),
  }),
];
