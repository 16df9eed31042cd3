import { availableParallelism } from 'node:os';
import { wanted } from '../arguments';
import type { CorpusSize, Habits } from '../children/corpusTask';
import type { LoopPair, PipelineCost, TrainLoopOptions } from '../children/trainLoop';
import { measure } from '../harness/measure';
import { absences } from '../harness/summary';
import { markdownTable, type Table } from '../table';
import { nodeChild, threadText } from './competitors';
import { aboutCorpus, chosenSizes, habitsOf, prepareCorpus, sizesOf, titleOf } from './corpusSetup';
import { type LoopRow, loopCost, loopTable, pipelineTable } from './loopTable';
import type { Suite } from './suite';

const PAIR = 'pair';
const cores = availableParallelism();

/** Two looks, and a checkpoint away from both, in every pair. */
const sized = (size: CorpusSize, quick: boolean): CorpusSize => ({ ...size, updates: quick ? 8 : 100 });
const habits = (quick: boolean): Habits => ({
  ...habitsOf(quick),
  ...(quick ? { watch: 4, checkpoints: 6 } : { checkpoints: 70 }),
});

export const trainLoop: Suite = {
  name: 'train-loop',
  about: 'what the loop of train() costs beside the bare trainer, and the making of batches',
  children: ['prepareCorpus', 'trainLoop', 'translationReplica'],
  budget: 1800,
  run: async (context) => {
    const { args, log, start, program } = context;
    const { quick } = args;
    const names = args.only.filter((part) => !part.startsWith('d='));
    const tables: Table[] = [];
    const data: unknown[] = [];
    for (const size of chosenSizes(sizesOf(quick), args.only).map((each) => sized(each, quick))) {
      const title = `train-loop ${titleOf(size)}`;
      log(`${title}: preparing`);
      const { warmUp, updates } = size;
      const chosen = { ...context, args: { ...args, method: 'postLN' as const } };
      const { file, task } = prepareCorpus('train-loop', size, warmUp + updates, chosen, habits(quick));
      const competitors = [...new Set([1, cores])]
        .map((replicas) =>
          nodeChild(
            replicas === 1 ? 'this thread' : `${threadText(replicas)} with a replica`,
            program('trainLoop'),
            {
              task: file,
              replicas,
            } satisfies TrainLoopOptions,
          ),
        )
        .filter(({ name }) => wanted(names, name));
      const group = { title, cases: [PAIR], competitors, warmUp: 0 };
      const outcomes = await measure(group, { ...args, log }, start);
      const rates = {
        ...{ habits: task.habits, warmUp, updates },
        usualCheckpoints: habitsOf(quick).checkpoints,
      };
      const tokens = task.batches.slice(warmUp).reduce((sum, batch) => sum + batch.tokens, 0);
      const rows = outcomes.flatMap(({ name, facts }): LoopRow[] => {
        const pairs = (facts.pairs ?? []) as LoopPair[];
        if (pairs.length === 0) return [];
        const pipeline = facts.pipeline as PipelineCost;
        return [{ name, cost: loopCost(pairs, rates), pipeline, tokens, updates, habits: task.habits }];
      });
      const own = [
        loopTable(`${title}: ${aboutCorpus(task)}`, rows, absences(outcomes)),
        pipelineTable(`${title}: making batches`, rows),
      ];
      for (const table of own) log(markdownTable(table));
      tables.push(...own);
      data.push({ title, size, habits: task.habits, recipe: task.recipe, rows, outcomes });
    }
    return { tables, data };
  },
};
