import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Bpe } from '@steadyformer/translate';
import { runConfig, type TrainResult, train } from '@steadyformer/translate/node';
import { inFolder } from '../folder';
import { echoes, filesReader, jsonReader, jsonTextReader, type Reader } from '../reader';
import { linesOf } from './corpora';

type Files = Readonly<Record<string, Uint8Array>>;

const WORDS = ['red', 'blue', 'old', 'house', 'car'];
const text = (end: string): Uint8Array =>
  new TextEncoder().encode(
    Array.from(
      { length: 12 },
      (_, i) => `${[0, 1, 2].map((j) => WORDS[(i + j * (1 + (i % 3))) % 5]! + end).join(' ')}\n`,
    ).join(''),
  );
const corpus = (): Files => ({ 'a.en': text(''), 'a.de': text('e') });

const config = (changes: Readonly<Record<string, unknown>> = {}) => ({
  output: 'run',
  backend: 'cpu',
  replicas: 1,
  seed: 1,
  data: {
    train: { source: 'a.en', target: 'a.de' },
    holdOut: { valid: 2 },
    filter: { apply: false },
  },
  vocabulary: { merges: 5 },
  batches: { maxTokens: 40 },
  model: { width: 4, heads: 1, depth: 1, feedForward: 4 },
  optimizer: { name: 'radam', peak: 0.01, schedule: { name: 'inverseSqrt', warmup: 2 } },
  training: { updates: 3 },
  validation: { every: 2 },
  checkpoints: { every: 1, keep: 3 },
  watch: { every: 0 },
  log: { every: 1, tensorBoard: false },
  ...changes,
});

const write = (files: Files): void => {
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(dirname(name), { recursive: true });
    writeFileSync(name, bytes);
  }
};

/** All files below the folder at work. */
const readAll = async (): Promise<Files> => {
  const names = (await readdir('.', { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(names.map((name) => [name, new Uint8Array(readFileSync(name))]));
};

/** In a folder with these files, where relative paths start. */
const within = <T>(files: Files, use: () => Promise<T>): Promise<T> =>
  inFolder(async (folder) => {
    const back = process.cwd();
    process.chdir(folder);
    try {
      write(files);
      return await use();
    } finally {
      process.chdir(back);
    }
  });

/** Trains, up to an update and half a minute at most: a config may be right and ask for a week. */
const trained = async (given: unknown, updates = 2): Promise<TrainResult> => {
  const abort = new AbortController();
  return train(given as never, {
    signal: AbortSignal.any([abort.signal, AbortSignal.timeout(5000)]),
    onEvent: (event) => {
      const made = event.event === 'update' || event.event === 'checkpoint' ? event.update : 0;
      // With its checkpoint, as it may be stopped before it has one.
      if (made > updates || (made === updates && event.event === 'checkpoint')) abort.abort();
    },
  });
};

const begun = await within(corpus(), async () => {
  await trained(config(), 2);
  return readAll();
});
const weights = (files: Files): Uint8Array | undefined => files['run/model/model.safetensors'];
const ended = await within(begun, async () => {
  await trained(config(), 4);
  return readAll();
});

const endings = ['done', 'early', 'stopped', 'diverged'];
const isResult = ({ ending }: TrainResult): string | undefined =>
  endings.includes(ending) ? undefined : `ended as ${ending}`;

/** What stays as it is where a run is refused. */
const isKept = (name: string): boolean => /^run\/checkpoints\/update|^a\./u.test(name);

export const runTraining: readonly Reader[] = [
  jsonReader({
    name: 'translate/node: runConfig',
    weight: 1.5,
    sound: [
      () => config(),
      () => config({ vocabulary: { merges: 5, shared: false }, average: { decay: 0.9 } }),
      () => ({ kind: 'languageModel', data: { train: ['a.txt'] }, batches: { length: 20 } }),
    ],
    read: (value) => runConfig(value),
    judge: (result, value) =>
      isDeepStrictEqual(runConfig(result), result)
        ? echoes(JSON.parse(JSON.stringify(value, (_, item: unknown) => item ?? undefined)), result)
        : 'is another config when it is read again',
  }),
  jsonReader({
    name: 'translate/node: train, config',
    weight: 1.5,
    sound: [
      () => config(),
      () =>
        config({
          kind: 'languageModel',
          data: { train: 'a.en', valid: 'a.de' },
          batches: { maxTokens: 20, length: 6 },
        }),
    ],
    read: (value) => within(corpus(), () => trained(value)),
    judge: isResult,
  }),
  filesReader({
    name: 'translate/node: train, corpora',
    weight: 1.5,
    sound: [corpus],
    read: (files) => within(files, () => trained(config())),
    judge: (result, files) => {
      const [source, target] = ['a.en', 'a.de'].map((name) => linesOf(files[name] ?? new Uint8Array()));
      const pairs = source !== 'malformed' && target !== 'malformed' && source!.length === target!.length;
      return pairs ? isResult(result) : 'malformed, and accepted';
    },
  }),
  jsonTextReader({
    name: 'translate/node: train, vocabulary',
    weight: 1.5,
    sound: [() => new TextDecoder().decode(begun['run/vocabulary.json'])],
    read: (json) =>
      within({ ...corpus(), 'v.json': new TextEncoder().encode(json) }, async () => {
        await trained(config({ vocabulary: { file: 'v.json' } }));
        return readFileSync('run/vocabulary.json', 'utf8');
      }),
    judge: (result, json) =>
      result === `${JSON.stringify(Bpe.fromJSON(JSON.parse(json) as never))}\n`
        ? undefined
        : 'learned with another vocabulary',
  }),
  filesReader({
    name: 'translate/node: train, the folder of a run',
    weight: 1.5,
    sound: [() => Object.fromEntries(Object.entries(begun).map(([name, bytes]) => [name, bytes.slice()]))],
    read: (files) =>
      within(files, async () => {
        try {
          await trained(config(), 4);
        } catch (error) {
          const changed = Object.entries(files).find(
            ([name, bytes]) =>
              isKept(name) && !(existsSync(name) && Buffer.compare(readFileSync(name), bytes) === 0),
          );
          if (changed) throw new Error(`refused, with ${changed[0]} changed`, { cause: error });
          throw error;
        }
        return readAll();
      }),
    // Text and records that nothing vouches for may be others than they were.
    judge: (result, files) =>
      ['a.en', 'a.de', 'run/checkpoints/best.json'].some(
        (name) => Buffer.compare(files[name] ?? new Uint8Array(), begun[name]!) !== 0,
      ) || isDeepStrictEqual(weights(result), weights(ended))
        ? undefined
        : 'ended with other weights',
  }),
];
