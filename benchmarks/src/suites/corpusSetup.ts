import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CorpusRequest, CorpusSize, CorpusTask, Habits, Recipe } from '../children/corpusTask';
import { lastWords } from '../harness/start';
import { workFolder } from '../paths';
import { corpusFiles } from './corpusFiles';
import type { SuiteContext } from './suite';

export const titleOf = ({ width }: CorpusSize): string => `d=${width}`;

/** The models that are trained: a small one and a middle one. */
export const sizesOf = (quick: boolean): CorpusSize[] => {
  if (quick) {
    const model = { width: 32, feedForward: 64, heads: 2, depth: 1 };
    return [{ ...model, maxTokens: 256, merges: 200, pairs: 400, warmUp: 2, updates: 4 }];
  }
  const common = { heads: 4, merges: 8000, warmUp: 10, updates: 50 };
  return [
    { ...common, width: 128, feedForward: 512, depth: 4, maxTokens: 2048 },
    { ...common, width: 256, feedForward: 1024, depth: 6, maxTokens: 1024 },
  ];
};

/** The defaults of `train()`. */
export const habitsOf = (quick: boolean): Habits =>
  quick ? { log: 2, watch: 2, checkpoints: 4 } : { log: 10, watch: 50, checkpoints: 500 };

export const recipeOf = (method: string): Recipe => ({
  method,
  dropout: 0.1,
  smoothing: 0.1,
  peak: 1e-3,
  schedule: { name: 'inverseSqrt', warmup: 4000 },
  adam: { beta1: 0.9, beta2: 0.98, epsilon: 1e-8 },
  clipNorm: 1,
  seed: 1,
});

/** `--only d=256` takes that size alone; what else is named are competitors. */
export const chosenSizes = (sizes: readonly CorpusSize[], only: readonly string[]): CorpusSize[] => {
  const widths = only.filter((part) => part.startsWith('d='));
  return sizes.filter((size) => widths.length === 0 || widths.includes(titleOf(size)));
};

export interface PreparedCorpus {
  readonly file: string;
  readonly task: CorpusTask;
}

/** Writes a corpus with its vocabulary and the batches of the first updates. */
export const prepareCorpus = (
  suite: string,
  size: CorpusSize,
  planned: number,
  { args: { data, quick, method }, program }: SuiteContext,
  habits: Habits = habitsOf(quick),
): PreparedCorpus => {
  const files = corpusFiles(data);
  const folder = join(workFolder, `${suite}-${titleOf(size)}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const request: CorpusRequest = {
    ...{ size, files, folder, planned, habits },
    recipe: recipeOf(method),
  };
  const file = join(folder, 'request.json');
  writeFileSync(file, JSON.stringify(request));
  const child = spawnSync(process.execPath, [program('prepareCorpus'), file], { encoding: 'utf8' });
  if (child.status !== 0) throw new Error(`preparing the corpus: ${lastWords(child.stderr)}`);
  const taskFile = join(folder, 'task.json');
  return { file: taskFile, task: JSON.parse(readFileSync(taskFile, 'utf8')) as CorpusTask };
};

const sumOf = <T>(list: readonly T[], of: (item: T) => number): number =>
  list.reduce((sum, item) => sum + of(item), 0);

/** What is trained on what. */
export const aboutCorpus = ({ size, recipe, vocabulary, pairs, batches }: CorpusTask): string => {
  const { depth, width, feedForward, heads, maxTokens } = size;
  const tokens = sumOf(batches, (batch) => batch.tokens);
  const pads = 1 - tokens / sumOf(batches, (batch) => batch.positions);
  const sentences = sumOf(batches, ({ indices }) => indices.length) / batches.length;
  return (
    `${recipe.method}, ${depth}+${depth} layers, d ${width}, feed-forward ${feedForward}, ${heads} heads, V=${vocabulary}, ` +
    `${pairs} pairs in batches of at most ${maxTokens} positions a side: on average ${sentences.toFixed(0)} pairs, ` +
    `${(tokens / batches.length).toFixed(0)} target tokens and ${(100 * pads).toFixed(0)} % pads`
  );
};
