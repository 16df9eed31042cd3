import { type Command, Option } from 'commander';
import { checkOutputs } from '../output/checkOutputs';
import { writeOutputs } from '../output/outputFiles';
import type { CommandLine } from '../program/commandLine';
import { compareCurves, type Metric, readCurves } from './compare';

interface CompareCommand {
  readonly metric: Metric;
  readonly out: readonly string[];
}

/** Adds `steadyformer compare`. */
export const addCompare = (root: Command, { streams }: CommandLine): Command =>
  root
    .command('compare')
    .description(
      'Put the validations of several runs side by side: the best of each, and how soon it was there.',
    )
    .argument('<runs...>', 'folders of runs; the others are measured against the first')
    .addOption(
      new Option('-m, --metric <name>', 'what is compared')
        .choices(['perplexity', 'loss', 'bleu'])
        .default('perplexity'),
    )
    .option('-o, --out <files...>', 'write .json, .csv, .svg or .png', [])
    .action(async (runs: readonly string[], { metric, out }: CompareCommand) => {
      await checkOutputs(out);
      const result = compareCurves(await readCurves(runs, metric), metric);
      await writeOutputs(out, result, () => streams.out(`${result.text}\n`));
      for (const file of out) streams.error(`wrote ${file}\n`);
    });
