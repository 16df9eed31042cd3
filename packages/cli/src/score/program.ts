import { type Command, Option } from 'commander';
import type { CommandLine } from '../program/commandLine';
import { fromZero, positiveWhole } from '../program/values';
import { addComputeTypeOption } from '../translate/computeType';
import { addReplicasOption, ENOUGH } from '../translate/replicas';
import { addSearchOptions } from '../translate/searchOptions';
import { type EvaluateCommand, runEvaluate } from './evaluate';
import { METRIC_NAMES, runScore, type ScoreCommand } from './score';

const SAMPLES = 'resamples of the bootstrap; 0 for no intervals';

/** Adds `steadyformer score` and `evaluate`. */
export const addScore = (root: Command, { streams }: CommandLine): void => {
  root
    .command('score')
    .description('Score translations against references: one system, or several beside the first.')
    .argument(
      '<systems...>',
      'translations, a sentence a line; name=file names a system, - is standard input',
    )
    .requiredOption(
      '-r, --reference <files...>',
      'references, line by line; several are several of each sentence',
    )
    .option('-m, --metrics <names...>', METRIC_NAMES.join(', '), [...METRIC_NAMES])
    .addOption(
      new Option('--tokenizer <name>', 'of BLEU').choices(['13a', 'intl', 'char', 'none']).default('13a'),
    )
    .option('--lowercase', 'case does not count, by BLEU and chrF; by TER it never does')
    .option('--samples <n>', SAMPLES, fromZero, 1000)
    .option('--seed <n>', 'of the resamples', fromZero, 12345)
    .option('--json', 'print all as JSON')
    .action((systems: string[], options: ScoreCommand) => runScore(systems, options, streams));
  const evaluate = addSearchOptions(
    root
      .command('evaluate')
      .description('Measure a model on a test set: perplexity, token accuracy, and how it translates.')
      .argument('<model>', "a run's folder, its model's, or a checkpoint's")
      .option('--source <file>', 'sentences, one a line')
      .option('--reference <file>', 'their translations')
      .option('--text <file>', 'in place of both, for a language model'),
  );
  addComputeTypeOption(addReplicasOption(evaluate, `one a core on onnxruntime, from ${ENOUGH} sentences on`))
    .option('--length <tokens>', 'that a language model sees at a time', positiveWhole, 256)
    .option('--samples <n>', SAMPLES, fromZero, 1000)
    .option('--backend <name>', 'what computes', 'auto')
    .option('-o, --out <file>', 'write the translations')
    .option('--force', 'replace what is there')
    .option('--json', 'print the result as JSON')
    .action((model: string, options: EvaluateCommand) => runEvaluate(model, options, streams));
};
