import type { Command } from 'commander';
import type { CommandLine } from '../program/commandLine';
import { positiveWhole } from '../program/values';
import { addSearchOptions } from './searchOptions';
import { runTranslate, type TranslateCommand } from './translate';

const MODEL = "a run's folder, its model's, or a checkpoint's";

/** Adds `steadyformer translate` and `generate`. */
export const addTranslate = (root: Command, { streams }: CommandLine): void => {
  addSearchOptions(
    root
      .command('translate')
      .description('Translate text with a trained model, a line a line, in order.')
      .argument('<model>', MODEL)
      .argument('[files...]', 'text, which may be gzipped; - or none for standard input'),
  )
    .option('--n-best <n>', 'the n best a line, each as line number, score, text', positiveWhole)
    .option('--scores', 'put before each translation its score and a tab')
    .option(
      '--batch <lines>',
      'lines translated at a time; changes speed and memory only',
      positiveWhole,
      256,
    )
    .option('--backend <name>', 'what computes', 'auto')
    .option('-o, --out <file>', 'write to a file in place of standard output')
    .option('--force', 'replace what is there')
    .action((model: string, files: string[], options: TranslateCommand) =>
      runTranslate(model, files, options, streams),
    );
};
