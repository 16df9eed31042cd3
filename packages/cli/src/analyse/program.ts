import { SteadyformerError, selectBackend } from '@steadyformer/core';
import { Command, CommanderError, Option } from 'commander';
import { version } from '../../package.json';
import { type DependencyCommand, runDependency } from './commands/dependency';
import { type DepthCheckCommand, runDepthCheck } from './commands/depthCheck';
import { type GradientsCommand, runGradients } from './commands/gradients';
import { type PredictCommand, runPredict } from './commands/predict';
import { runUpdates, type UpdatesCommand } from './commands/updates';
import {
  checkSubjects,
  type ModelOptions,
  type OutputOptions,
  positive,
  wholeNumber,
  wholeNumbers,
  withDescribedOptions,
  withModelOptions,
  withSavedOptions,
} from './options';
import { type CommandResult, checkOutputs, writeOutputs } from './outputFiles';
import { repeatedArguments } from './provenance';

/** Where a program writes. */
export interface Streams {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
}

/** Runs the command line program: 0 where all went well, 2 on bad input, with one line that says what is wrong. */
export const main = async (args: readonly string[], { out, error }: Streams): Promise<number> => {
  try {
    await run(args, { out, error });
    return 0;
  } catch (failure) {
    // Commander has already said what is wrong, or shown the help that was asked for.
    if (failure instanceof CommanderError) return failure.exitCode === 0 ? 0 : 2;
    if (!(failure instanceof SteadyformerError)) throw failure;
    error(oneLine(`error: ${failure.message}`));
    return 2;
  }
};

/** An error and its hint on one line, without the megabytes that an argument may be. */
const oneLine = (text: string): string => {
  const short = text.replaceAll(
    /\S{301,}/gu,
    (word) => `${word.slice(0, 100)}... (${word.length} characters)`,
  );
  return `${short.trim().replaceAll(/\s*\n\s*/gu, ' ')}\n`;
};

const run = async (args: readonly string[], { out, error }: Streams): Promise<void> => {
  const progress = (line: string): void => error(`${line}\n`);
  const context = { progress, args };
  const output = {
    writeOut: out,
    writeErr: error,
    outputError: (text: string, write: (line: string) => void) => write(oneLine(text)),
  };
  const program = new Command('steadyformer-analysis')
    .description('Predict and measure how Transformer stacks amplify changes of their weights.')
    .version(version)
    .exitOverride()
    .configureOutput(output);

  const command = (name: string, description: string): Command =>
    program
      .command(name)
      .description(description)
      .option('-o, --out <files...>', 'write .json, .csv, .svg or .png', [])
      .exitOverride()
      .configureOutput(output);

  /** Checks what can be checked, computes on the backend asked for, prints, writes. */
  const finish = async (
    options: OutputOptions & Partial<ModelOptions>,
    compute: () => Promise<CommandResult>,
    computes = true,
  ): Promise<void> => {
    checkOutputs(options.out);
    checkSubjects(options);
    if (computes && options.backend !== undefined) progress((await selectBackend(options.backend)).message);
    const result = await compute();
    out(`${result.text}\n`);
    await writeOutputs(options.out, result);
    for (const file of options.out) progress(`wrote ${file}`);
  };

  for (const [name, description, verdicts] of [
    ['output-change', 'measure the output change at each depth, beside its prediction', false],
    ['depth-check', 'measure, fit and judge growth with depth', true],
  ] as const) {
    withModelOptions(command(name, description), 'encoder')
      .option('--depths <list>', 'blocks, separated by commas (default: 11 from 1 to 24)', wholeNumbers)
      .option('--seeds <n>', 'networks of each architecture', wholeNumber, 5)
      .option('--stack <path>', 'the stack to look at (default: the first)')
      .addOption(changeOption())
      .addOption(networksOption())
      .option('--size <e>', 'step size (default: 1e-4, gaussian 0.01, gradient 1e-6)', positive)
      .option('--log-depth', 'logarithmic depth axis in the figure')
      .action((options: DepthCheckCommand & OutputOptions) =>
        finish(options, () => runDepthCheck(options, context, verdicts)),
      );
  }

  for (const [name, description, kind, compute] of [
    ['dependency', 'measure layer dependency beta_ij', 'encoder', runDependency],
    ['gradients', 'measure gradient norms of sub-layer outputs and parameters', 'transformer', runGradients],
  ] as const) {
    withModelOptions(command(name, description), kind)
      .option('--depth <blocks>', 'blocks of each stack (default: 6, or those of the config)', wholeNumber)
      .option('--seeds <n>', 'networks of each architecture', wholeNumber, 1)
      .action((options: DependencyCommand & GradientsCommand & OutputOptions) =>
        finish(options, () => compute({ kind, ...options }, context)),
      );
  }

  withSavedOptions(
    command('updates', 'compare two saved models: updates of every parameter, beside gradients'),
  )
    .argument('<before>', 'a checkpoint folder or a safetensors file')
    .argument('<after>', 'a checkpoint folder or a safetensors file')
    .action((before: string, after: string, options: UpdatesCommand & OutputOptions) =>
      finish(options, () => runUpdates(before, after, options, context)),
    );

  withDescribedOptions(command('predict', 'theory alone: no network is built'))
    .option('--depth <blocks>', 'blocks (default: 6, or those of the config)', wholeNumber)
    .addOption(new Option('--stack <name>', 'the stack to look at').choices(['encoder', 'decoder']))
    .option('--size <e>', 'sign step on every weight', positive, 1e-4)
    .action((options: PredictCommand & OutputOptions) =>
      finish(options, () => runPredict(options, context), options.model.length + options.config.length > 0),
    );

  command('repeat', 'make the numbers of a JSON result again')
    .argument('<result>', 'what an earlier run wrote with --out result.json')
    .action(async (file: string, { out: files }: OutputOptions) => {
      checkOutputs(files);
      const again = await repeatedArguments(file);
      await run(files.length > 0 ? [...again, '--out', ...files] : again, { out, error });
    });

  await program.parseAsync([...args], { from: 'user' });
};

const changeOption = (): Option =>
  new Option('--change <kind>', 'how weights change')
    .choices(['sign', 'gaussian', 'gradient'])
    .default('sign');

const networksOption = (): Option =>
  new Option(
    '--networks <how>',
    'prefixes of one deep network, or separate ones (default: as the method allows)',
  ).choices(['prefixes', 'separate']);
