import { type Command, Option } from 'commander';
import { explainUnknown } from '../program/command';
import type { CommandLine } from '../program/commandLine';
import { fromZero, positiveWhole, setOption } from '../program/values';
import { type ApplyCommand, apply, type LearnCommand, learn } from './bpe';
import { type PrepareCommand, prepare } from './prepare';
import { type ProfileCommand, runProfile } from './profile';

const FORCE = 'replace what is there';

/** Adds `steadyformer bpe`, `prepare` and `profile`. */
export const addData = (root: Command, line: CommandLine): void => {
  addBpe(root, line);
  withConfig(root, 'prepare', "Read, filter and split a run's text once, for several runs.")
    .requiredOption('-o, --out <folder>', 'the folder to write to')
    .option('--shards', 'write the training pairs as shards of token ids, too')
    .option('--force', 'replace what an earlier prepare left in the folder')
    .option('--json', 'print the report as JSON')
    .action((config: string, options: PrepareCommand) => prepare(config, options, line.streams));
  withConfig(root, 'profile', 'Measure the omegas that a run would begin with, and write the profile.')
    .requiredOption('-o, --out <file>', 'the profile, as JSON')
    .option('--force', FORCE)
    .option('--json', 'print it as JSON')
    .action((config: string, options: ProfileCommand) => runProfile(config, options, line.streams));
};

const withConfig = (root: Command, name: string, description: string): Command =>
  root
    .command(name)
    .description(description)
    .argument('<config>', 'YAML or JSON, as `steadyformer init` writes it')
    .addOption(setOption('set a key of the config, such as seed=2'));

const addBpe = (root: Command, { streams }: CommandLine): void => {
  const group = root
    .command('bpe')
    .description('Learn subwords by byte-pair encoding, and cut text into them.');
  group
    .command('learn')
    .description('learn a vocabulary from text, for `vocabulary.file` of a config')
    .argument('<files...>', 'text, a sentence a line; may be gzipped')
    .requiredOption('-o, --out <file>', 'the vocabulary, as JSON')
    .option('--merges <n>', 'merges to learn', fromZero, 8000)
    .option('--min-frequency <n>', 'a pair is merged if it occurs this often', positiveWhole, 2)
    .option('--min-character-frequency <n>', 'a character is known if it occurs this often', positiveWhole, 1)
    .option(
      '--words',
      'the text is tokenised: cut at spaces only, mark the ends of words, change no character',
    )
    .option('--subword-nmt <file>', 'write the codes of subword-nmt, too; with --words')
    .option('--hugging-face <file>', "write a tokenizer.json of Hugging Face's tokenizers, too")
    .option('--force', FORCE)
    .option('--json', 'print what was learned as JSON')
    .action((files: string[], options: LearnCommand) => learn(files, options, streams));
  group
    .command('apply')
    .description('cut text into subwords, a line a line')
    .argument('[files...]', 'text; - or none for standard input')
    .requiredOption('-v, --vocabulary <file>', "what `bpe learn` or a run wrote, or subword-nmt's codes")
    .addOption(new Option('--side <side>', 'of a vocabulary a side').choices(['source', 'target']))
    .option('--separator <mark>', 'mark what does not end its word, as subword-nmt does with @@')
    .option('--ids', 'print token ids')
    .option('-o, --out <file>', 'write to a file in place of standard output')
    .option('--force', FORCE)
    .action((files: string[], options: ApplyCommand) => apply(files, options, streams));
  explainUnknown(group);
};
