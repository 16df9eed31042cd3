import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readJsonLinesLog } from '@steadyformer/translate/node';

const WORDS = ['red', 'blue', 'old', 'house', 'car', 'tree', 'green', 'river', 'door', 'night'];
const sentence = (i: number): string[] =>
  Array.from({ length: 2 + (i % 4) }, (_, j) => WORDS[(3 * i + (i >> 2) + 5 * j) % WORDS.length]!);
const COUNT = 60;
const lines = (word: (word: string) => string): string =>
  Array.from({ length: COUNT }, (_, i) => `${sentence(i).map(word).join(' ')}\n`).join('');

export type Changes = Readonly<Record<string, unknown>>;

/** A folder with text. */
export const withText = (folder: string): string => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, 'a.en'),
    lines((word) => word),
  );
  writeFileSync(
    join(folder, 'a.de'),
    lines((word) => `${word}e`),
  );
  return folder;
};

/** A small run with all that a run has, in <folder>/run. */
export const config = (changes: Changes = {}): Changes => ({
  output: 'run',
  backend: 'cpu',
  replicas: 1,
  data: {
    train: { source: 'a.en', target: 'a.de' },
    holdOut: { valid: 6, test: 4 },
    filter: { apply: false },
  },
  vocabulary: { merges: 20 },
  batches: { maxTokens: 60 },
  model: { width: 8, heads: 2, depth: 1, feedForward: 8 },
  optimizer: { peak: 0.01, schedule: { name: 'inverseSqrt', warmup: 4 } },
  training: { updates: 11 },
  validation: { every: 5, bleu: true, sentences: 2 },
  checkpoints: { every: 3 },
  decoding: { beamSize: 1 },
  watch: { every: 4 },
  log: { every: 1 },
  ...changes,
});

/** What of a run's log is the same however often it was stopped: times apart. */
export const records = async (folder: string): Promise<unknown[]> => {
  const found: unknown[] = [];
  for await (const record of readJsonLinesLog(join(folder, 'run', 'log.jsonl'))) {
    const { event, time: _, tokensPerSecond: _t, secondsLeft: _s, ...rest } = record;
    if (event === 'update' || event === 'validation') found.push({ event, ...rest });
  }
  return found;
};

/** Every file of a run that is the same however often it was stopped, by its path. */
export const filesOf = async (folder: string): Promise<Record<string, string>> => {
  const run = join(folder, 'run');
  const names = (await readdir(run, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(run.length + 1))
    .filter((name) => !/^(?:log\.jsonl|run\.json|tensorboard.*|.*\.damaged.*)$/u.test(name))
    .sort();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(run, name)).toString('base64')]));
};
