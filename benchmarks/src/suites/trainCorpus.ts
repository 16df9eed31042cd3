import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { wanted } from '../arguments';
import type { TrainCorpusOptions } from '../children/trainCorpus';
import type { Competitor } from '../harness/competitor';
import { measure } from '../harness/measure';
import { root, torchPython } from '../paths';
import { markdownTable, type Table } from '../table';
import { nodeChild } from './competitors';
import { aboutCorpus, chosenSizes, prepareCorpus, sizesOf, titleOf } from './corpusSetup';
import { corpusTable, GROUPED, OURS, ROUND } from './corpusTable';
import type { Suite, SuiteContext } from './suite';

const cores = availableParallelism();

/** A trainer in Python, all cores. */
const python = (name: string, script: string, task: string, ...more: string[]): Competitor => {
  const common = { name, program: torchPython };
  if (!existsSync(torchPython)) {
    const skip = `no PyTorch at ${torchPython}; make it with: npm run torch -w benchmarks -- trainers`;
    return { ...common, args: [], skip };
  }
  return {
    ...common,
    args: [join(root, 'python', script), task, '--threads', String(cores), ...more],
    env: { OMP_NUM_THREADS: String(cores), TOKENIZERS_PARALLELISM: 'false', HF_HUB_OFFLINE: '1' },
  };
};

const competitors = (task: string, { program, args }: SuiteContext): Competitor[] => {
  const ours = (name: string, replicas: TrainCorpusOptions['replicas'], folder: string): Competitor =>
    nodeChild(name, program('trainCorpus'), { task, replicas, name: folder } satisfies TrainCorpusOptions);
  return [
    ours(OURS, 'auto', 'auto'),
    ...(cores > 1 ? [ours(`ours (${cores} replicas)`, cores, 'shared')] : []),
    python('transformers (same batches)', 'marian.py', task, '--batches', 'ours'),
    python(`transformers (${GROUPED})`, 'marian.py', task, '--batches', 'grouped'),
    python('JoeyNMT (same batches)', 'joey.py', task),
  ].filter(({ name }) =>
    wanted(
      args.only.filter((part) => !part.startsWith('d=')),
      name,
    ),
  );
};

export const trainCorpus: Suite = {
  name: 'train-corpus',
  about: 'tokens/s of training on a corpus by train(), beside transformers and JoeyNMT',
  children: ['prepareCorpus', 'trainCorpus', 'translationReplica'],
  budget: 1800,
  run: async (context) => {
    const { args, log, start } = context;
    const tables: Table[] = [];
    const data: unknown[] = [];
    for (const size of chosenSizes(sizesOf(args.quick), args.only)) {
      const title = `train-corpus ${titleOf(size)}`;
      log(`${title}: preparing`);
      const { warmUp, updates } = size;
      // The loaders of others read ahead.
      const planned = warmUp + updates * args.repeats + 4;
      const { file, task } = prepareCorpus('train-corpus', size, planned, context);
      const group = { title, cases: [ROUND], competitors: competitors(file, context), warmUp: 1 };
      const outcomes = await measure(group, { ...args, log }, start);
      const about = aboutCorpus(task);
      const table = corpusTable(`${title}: ${about}`, outcomes);
      log(markdownTable(table));
      tables.push(table);
      data.push({ title, about, size, habits: task.habits, recipe: task.recipe, outcomes });
    }
    return { tables, data };
  },
};
