import type { Command } from 'commander';
import type { CommandLine } from '../program/commandLine';
import { collected, fromZero, positiveWhole, zeroOrMore } from '../program/values';
import { addComputeTypeOption } from './computeType';
import { type GenerateCommand, runGenerate } from './generate';
import { addReplicasOption, ENOUGH } from './replicas';
import { addSearchOptions } from './searchOptions';
import { runTranslate, type TranslateCommand } from './translate';

const MODEL = "a run's folder, its model's, or a checkpoint's";

/** Adds `steadyformer translate` and `generate`. */
export const addTranslate = (root: Command, { streams }: CommandLine): void => {
  const translate = addSearchOptions(
    root
      .command('translate')
      .description('Translate text with a trained model, a line a line, in order.')
      .argument('<model>', MODEL)
      .argument('[files...]', 'text, which may be gzipped; - or none for standard input'),
  );
  addComputeTypeOption(addReplicasOption(translate, `one a core on onnxruntime, from ${ENOUGH} lines on`))
    .option('--n-best <n>', 'the n best a line, each as line number, score, text', positiveWhole)
    .option('--scores', 'put before each translation its score and a tab')
    .option(
      '--alignments',
      'put after each translation a tab and which of its words come from which of the source, as 0-0 1-2',
    )
    .option('--constraints', 'lines have columns after tabs: phrases that the translation has to contain')
    .option('--forbidden <file>', 'phrases that no translation may contain, one a line')
    .option('--split-sentences', 'translate lines sentence by sentence, what stands between them stays')
    .option('--language <tag>', 'of the text, by whose rules sentences are split (default: en)')
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
  root
    .command('generate')
    .description('Go on from a text with a trained language model, word by word.')
    .argument('<model>', MODEL)
    .argument('[prompt]', 'the text; - or none for standard input, an empty one begins anew')
    .option(
      '-t, --temperature <x>',
      '0 takes the likeliest token, 1 draws as the model has them',
      zeroOrMore,
      1,
    )
    .option('-k, --top-k <n>', 'draws from the n likeliest tokens only', positiveWhole)
    .option('--seed <n>', 'of the draws', fromZero, 1)
    .option('--max-length <tokens>', 'most tokens that follow', positiveWhole, 200)
    .option('--stop <text>', 'ends before this text; may be repeated', collected, [])
    .option('--backend <name>', 'what computes', 'auto')
    .option('--json', 'print text, tokens and their log-probability as JSON')
    .action((model: string, prompt: string | undefined, options: GenerateCommand) =>
      runGenerate(model, prompt, options, streams),
    );
};
