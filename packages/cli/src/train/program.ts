import { type Command, Option } from 'commander';
import type { CommandLine } from '../program/commandLine';
import { bandwidth, duration } from '../program/units';
import { atLeastTwo, positiveWhole, setOption } from '../program/values';
import { type InitCommand, runInit } from './init';
import { type JoinCommand, runJoin } from './join';
import { type PlanCommand, runPlan } from './plan';
import { runTrain, type TrainCommand } from './train';

/** Adds `steadyformer train`. */
export const addTrain = (root: Command, line: CommandLine): Command =>
  root
    .command('train')
    .description('Train a model as a config says, or go on where it was stopped. Exit code 1: it diverged.')
    .argument('<config>', 'YAML or JSON, as `steadyformer init` writes it')
    .addOption(setOption('set a key of the config, such as optimizer.peak=1e-3'))
    .option('-o, --output <folder>', "the folder of the run, in place of the config's")
    .option('-n, --dry-run', 'say what would be trained, and what it takes; nothing is written')
    .option('--listen <port>', 'train with others, who join there with `steadyformer join`; or ADDRESS:PORT')
    .option('--workers <count>', 'how many train together, this one included (default: 2)', atLeastTwo)
    .option('--token <text>', 'what others have to know to join (default: a random one, which is printed)')
    .option('-q, --quiet', 'say warnings only')
    .action((config: string, options: TrainCommand) => runTrain(config, options, line));

/** Adds `steadyformer join`. */
export const addJoin = (root: Command, line: CommandLine): Command =>
  root
    .command('join')
    .description('Train as one of the workers of a run that `steadyformer train --listen` began elsewhere.')
    .argument('<url>', 'as that prints it, such as http://10.0.0.1:7000')
    .requiredOption('--token <text>', 'as that prints it')
    .addOption(setOption('set a key of the config that is another here, such as data.train.path=text.tsv'))
    .option('-q, --quiet', 'say warnings only')
    .action((url: string, options: JoinCommand) => runJoin(url, options, line));

/** Adds `steadyformer plan`. */
export const addPlan = (root: Command, line: CommandLine): Command =>
  root
    .command('plan')
    .description(
      'Say what updates would take between so many ranks: measured on this machine, and predicted.',
    )
    .argument('<config>', 'YAML or JSON, as `steadyformer init` writes it')
    .requiredOption('--ranks <n>', 'the most ranks', positiveWhole)
    .option(
      '--link <speed>',
      "of a rank's link, a second and each way: bits, 10Gb, or bytes, 1.25GB",
      bandwidth,
      1.25e9,
    )
    .option('--latency <time>', 'from one rank to another, such as 50us', duration, 5e-5)
    .addOption(new Option('--over <way>', 'what ranks speak over').choices(['mpi', 'http']).default('mpi'))
    .addOption(setOption('set a key of the config, such as outer.every=50'))
    .option('--json', 'the same as JSON')
    .action((config: string, options: PlanCommand) => runPlan(config, options, line));

/** Adds `steadyformer init`. */
export const addInit = (root: Command, line: CommandLine): Command =>
  root
    .command('init')
    .description(
      'Look at text and write a config to train on it, every key with its meaning; or copy a recipe.',
    )
    .option('--source <file>', 'sentences, one a line')
    .option('--target <file>', 'their translations')
    .option('--tsv, --path <file>', 'in place of both: .tsv, .jsonl or .tmx')
    .option('--text <file>', 'running text, for a language model')
    .option('--recipe <name>', 'in place of text: a config that comes with the package, such as multi30k')
    .option('-o, --out <file>', 'the config', 'config.yaml')
    .addOption(new Option('--output <file>', 'the same').hideHelp())
    .option('-f, --force', 'write over a file that is there')
    .action((options: InitCommand) => runInit(options, line));
