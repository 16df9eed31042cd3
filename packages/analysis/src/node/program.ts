import { methods, SteadyformerError, selectBackend } from '@steadyformer/core';
import { Command, CommanderError } from 'commander';
import { type DependencyCommand, runDependency } from './commands/dependency';
import { type DepthCheckCommand, runDepthCheck } from './commands/depthCheck';
import { type GradientsCommand, runGradients } from './commands/gradients';
import { type PredictCommand, runPredict } from './commands/predict';
import { runUpdates } from './commands/updates';
import { names, type OutputOptions, positive, wholeNumber, wholeNumbers, withModelOptions } from './options';
import { type CommandResult, checkOutputs, writeOutputs } from './outputFiles';

/** Where a program writes. */
export interface Streams {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
}

const ARCHITECTURES = 'postLN,preLN,admin';
const CHECK_DEPTHS = [1, 2, 3, 4, 6, 8, 10, 12, 16, 20, 24];

/** Runs the command line program: 0 where all went well, 2 on bad input, with one line that says what is wrong. */
export const main = async (args: readonly string[], { out, error }: Streams): Promise<number> => {
  const progress = (line: string): void => error(`${line}\n`);
  const program = new Command('steadyformer-analysis')
    .description('Predict and measure how Transformer stacks amplify changes of their weights.')
    .exitOverride()
    .configureOutput({ writeOut: out, writeErr: error });

  /** Checks the files, runs, prints, writes. */
  const finish = async (
    options: OutputOptions,
    hasFigure: boolean,
    run: () => CommandResult | Promise<CommandResult>,
  ): Promise<void> => {
    checkOutputs(options.out, hasFigure);
    const result = await run();
    out(`${result.text}\n`);
    await writeOutputs(options.out, result);
    for (const file of options.out) progress(`wrote ${file}`);
  };

  const command = (name: string, description: string): Command =>
    program
      .command(name)
      .description(description)
      .option('-o, --out <files...>', 'write .json, .csv, .svg or .png', [])
      .exitOverride()
      .configureOutput({ writeOut: out, writeErr: error });

  /** The architectures' names checked, the backend chosen. */
  const prepared = async <T extends { readonly backend: string }>(
    options: T & { readonly architectures: unknown },
  ): Promise<T & { readonly architectures: readonly string[] }> => {
    const architectures = names(String(options.architectures), Object.keys(methods), '--architectures');
    progress((await selectBackend(options.backend)).message);
    return { ...options, architectures };
  };

  for (const [name, description, verdicts] of [
    ['output-change', 'measure the output change at each depth, beside its prediction', false],
    ['depth-check', 'measure, fit and judge growth with depth', true],
  ] as const) {
    withModelOptions(command(name, description), ARCHITECTURES)
      .option('--depths <list>', 'blocks, separated by commas', wholeNumbers, CHECK_DEPTHS)
      .option('--seeds <n>', 'networks of each architecture', wholeNumber, 5)
      .option('--change <kind>', 'sign, gaussian or gradient', 'sign')
      .option('--size <e>', 'step size (default: 1e-4, gaussian 0.01, gradient 1e-6)', positive)
      .option('--log-depth', 'logarithmic depth axis in the figure')
      .action(async (options: DepthCheckCommand & OutputOptions) => {
        names(options.change, ['sign', 'gaussian', 'gradient'], '--change');
        await finish(options, true, async () =>
          runDepthCheck(name, await prepared(options), progress, verdicts),
        );
      });
  }

  withModelOptions(command('dependency', 'measure layer dependency beta_ij of encoders'), ARCHITECTURES)
    .option('--depth <blocks>', 'blocks', wholeNumber, 6)
    .option('--seed <n>', 'of weights and batch', wholeNumber, 1)
    .action(async (options: DependencyCommand & OutputOptions) => {
      await finish(options, true, async () => runDependency(await prepared(options), progress));
    });

  withModelOptions(
    command('gradients', 'measure gradient norms of sub-layer outputs, encoder and decoder'),
    ARCHITECTURES,
  )
    .option('--depth <blocks>', 'blocks of each stack', wholeNumber, 6)
    .option('--seed <n>', 'of weights and batch', wholeNumber, 1)
    .action(async (options: GradientsCommand & OutputOptions) => {
      await finish(options, true, async () => runGradients(await prepared(options), progress));
    });

  command('updates', 'compare two saved models: norms of updates of every parameter')
    .argument('<before>', 'a safetensors file')
    .argument('<after>', 'a safetensors file')
    .action(async (before: string, after: string, options: OutputOptions) => {
      await finish(options, false, () => runUpdates(before, after));
    });

  command('predict', 'theory alone: no network is built')
    .option('-a, --architectures <names>', 'residual methods, separated by commas', ARCHITECTURES)
    .option('--depth <blocks>', 'blocks', wholeNumber, 6)
    .option('--stack <name>', 'encoder or decoder', 'encoder')
    .option('--width <d>', 'model width D', wholeNumber, 512)
    .option('--ffn <d>', 'feed-forward width (default: 4 * width)', wholeNumber)
    .option('--length <t>', 'tokens of a sentence', wholeNumber, 32)
    .option('--size <e>', 'sign step on every weight', positive, 1e-4)
    .action(async (options: PredictCommand & OutputOptions & { readonly architectures: unknown }) => {
      names(options.stack, ['encoder', 'decoder'], '--stack');
      const architectures = names(String(options.architectures), Object.keys(methods), '--architectures');
      await finish(options, true, () => runPredict({ ...options, architectures }));
    });

  try {
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (failure) {
    // Commander has already said what is wrong, or shown the help that was asked for.
    if (failure instanceof CommanderError) return failure.exitCode === 0 ? 0 : 2;
    if (!(failure instanceof SteadyformerError)) throw failure;
    error(`error: ${failure.message}\n`);
    return 2;
  }
};
