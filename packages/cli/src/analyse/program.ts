import { type Command, Option } from 'commander';
import { explainUnknown, newCommand } from '../program/command';
import type { CommandLine } from '../program/commandLine';
import { fromZero, positive, positiveWhole } from '../program/values';
import { type CoordinateCheckCommand, runCoordinateCheck } from './commands/coordinateCheck';
import { type DependencyCommand, runDependency } from './commands/dependency';
import { type DepthCheckCommand, runDepthCheck } from './commands/depthCheck';
import { type EffectivenessCommand, runEffectiveness } from './commands/effectiveness';
import { type GradientsCommand, runGradients } from './commands/gradients';
import { type PredictCommand, runPredict } from './commands/predict';
import { type RateCommand, runRate } from './commands/rate';
import { runTrace, type TraceCommand } from './commands/trace';
import { runUpdates, type UpdatesCommand } from './commands/updates';
import { finisher } from './finish';
import {
  countsOf,
  type OutputOptions,
  wholeNumbers,
  withDescribedOptions,
  withModelOptions,
  withSavedOptions,
} from './options';
import { checkCommand, type Recorded, readResult } from './repeat';

export const NAME = 'analyse';

/** Adds `steadyformer analyse` with its commands. */
export const addAnalyse = (root: Command, line: CommandLine): Command => {
  const group = root
    .command(NAME)
    .alias('analyze')
    .description('Predict and measure how Transformer stacks amplify changes of their weights.');
  addCommands(group, { ...line, args: argumentsOf(line.args) });
  group
    .command('repeat')
    .description('make the numbers of a JSON result again')
    .argument('<result>', 'what an earlier run wrote with --out result.json')
    .option('-o, --out <files...>', OUT, [])
    .action(async (file: string, { out }: OutputOptions) => {
      const recorded = await readResult(file, out);
      const again = newCommand(NAME, { ...line.streams, out: () => {} }, `${file}: `);
      addCommands(again, { ...line, args: recorded.arguments }, recorded);
      checkCommand(recorded, again);
      await again.parseAsync([...recorded.arguments], { from: 'user' });
    });
  return explainUnknown(group);
};

const OUT = 'write .json, .csv, .svg or .png';

/** What was typed after `analyse`. */
const argumentsOf = (args: readonly string[]): readonly string[] =>
  args.slice(1 + args.findIndex((arg) => !arg.startsWith('-')));

/** The commands that make results: typed, or recorded in an earlier result. */
const addCommands = (group: Command, { streams, args }: CommandLine, recorded?: Recorded): void => {
  const { finish, progress } = finisher(streams, recorded);
  const context = { progress, args };
  const command = (name: string, description: string): Command =>
    group.command(name).description(description).option('-o, --out <files...>', OUT, []);

  for (const [name, description, verdicts] of [
    ['output-change', 'measure the output change at each depth, beside its prediction', false],
    ['depth-check', 'measure, fit and judge growth with depth', true],
  ] as const) {
    withModelOptions(command(name, description), 'encoder')
      .option('--depths <list>', 'blocks, separated by commas (default: 11 from 1 to 24)', wholeNumbers)
      .option('--seeds <n>', 'networks of each architecture', positiveWhole, 5)
      .option('--stack <path>', 'the stack to look at (default: the first)')
      .addOption(changeOption())
      .addOption(networksOption())
      .option('--size <e>', 'step size (default: 1e-4, gaussian 0.01, gradient 1e-6)', positive)
      .option('--log-depth', 'logarithmic depth axis in the figure')
      .action((options: DepthCheckCommand & OutputOptions) =>
        finish(options, () => runDepthCheck(options, context, verdicts)),
      );
  }

  withModelOptions(
    command('coordinate-check', 'train at several depths, and see how far the activations move'),
    'languageModel',
  )
    .option('--depths <list>', 'blocks, separated by commas', wholeNumbers, [2, 4, 8, 16])
    .option('--widths <list>', 'model widths, separated by commas (default: one, --width)', wholeNumbers)
    .option('--updates <list>', 'numbers of updates to look after', countsOf, [0, 1, 10, 100])
    .option('--rate <r>', 'learning rate of Adam, the same at every depth', positive, 1e-3)
    .option('--seeds <n>', 'networks of each architecture', positiveWhole, 1)
    .action((options: CoordinateCheckCommand & OutputOptions) =>
      finish(options, () => runCoordinateCheck({ kind: 'languageModel', ...options }, context)),
    );

  withModelOptions(
    command('rate', 'measure the largest steady learning rate, and how far it carries over depth'),
    'languageModel',
  )
    .option('--depths <list>', 'blocks, separated by commas (default: 2,4,8)', wholeNumbers)
    .option('--seeds <n>', 'networks of each architecture, or batches of a saved model', positiveWhole, 1)
    .addOption(
      new Option('--optimizer <name>', 'whose next update is measured')
        .choices(['adam', 'radam', 'sgd'])
        .default('adam'),
    )
    .option('--limit <D>', 'output change of one update that is the limit', positive, 0.1)
    .action((options: RateCommand & OutputOptions) =>
      finish(options, () => runRate({ kind: 'languageModel', ...options }, context)),
    );

  for (const [name, description, kind, compute] of [
    ['dependency', 'measure layer dependency beta_ij', 'encoder', runDependency],
    ['gradients', 'measure gradient norms of sub-layer outputs and parameters', 'transformer', runGradients],
  ] as const) {
    withModelOptions(command(name, description), kind)
      .option('--depth <blocks>', 'blocks of each stack (default: 6, or those of the config)', positiveWhole)
      .option('--seeds <n>', 'networks of each architecture', positiveWhole, 1)
      .action((options: DependencyCommand & GradientsCommand & OutputOptions) =>
        finish(options, () => compute({ kind, ...options }, context)),
      );
  }

  withModelOptions(
    command('effectiveness', 'measure how much each layer does: its angle, and the output without it'),
    'languageModel',
  )
    .option('--depth <blocks>', 'blocks of each stack (default: 6, or those of the config)', positiveWhole)
    .option('--seeds <n>', 'networks of each architecture, or batches of a saved model', positiveWhole, 1)
    .addOption(
      new Option('--level <level>', 'what is left out at a time')
        .choices(['subLayer', 'block'])
        .default('subLayer'),
    )
    .option('--loss', 'the change of the loss as well')
    .action((options: EffectivenessCommand & OutputOptions) =>
      finish(options, () => runEffectiveness({ kind: 'languageModel', ...options }, context)),
    );

  withSavedOptions(
    command('updates', 'compare two saved models: updates of every parameter, beside gradients'),
  )
    .argument('<before>', 'a checkpoint folder or a safetensors file')
    .argument('<after>', 'a checkpoint folder or a safetensors file')
    .action((before: string, after: string, options: UpdatesCommand & OutputOptions) =>
      finish({ ...options, compared: [before, after] }, () => runUpdates(before, after, options, context)),
    );

  for (const [what, description] of [
    ['fit', 'fit the laws of growth, and theory, to a trace of another program'],
    ['figure', 'draw a trace of another program'],
    ['verdict', 'judge a trace of another program: amplifies, steady, lazy'],
  ] as const) {
    const traced = command(what, description)
      .argument('<trace>', 'JSON lines, as the PyTorch hook writes them')
      .option('--step <n>', 'the step to look at (default: the last)', fromZero)
      .option('--method <name>', 'the residual method by which its branches join, for theory')
      .option('--block <kinds>', "kinds of a block's branches (default: selfAttention,feedForward)");
    if (what === 'figure') {
      traced.addOption(new Option('--kind <kind>', 'what is drawn').choices(KINDS).default('output-change'));
    }
    traced.action((trace: string, options: TraceCommand & OutputOptions) =>
      finish({ out: options.out, trace }, () => runTrace(what, trace, options, context), false),
    );
  }

  withDescribedOptions(command('predict', 'theory alone: no network is built'))
    .option('--depth <blocks>', 'blocks (default: 6, or those of the config)', positiveWhole)
    .option('--stack <name>', 'the stack to look at (default: all)')
    .option('--size <e>', 'sign step on every weight', positive, 1e-4)
    .action((options: PredictCommand & OutputOptions) =>
      finish(options, () => runPredict(options, context), options.model.length + options.config.length > 0),
    );
};

const KINDS = ['output-change', 'branch-variance', 'stream-variance', 'gradient-norm'];

const changeOption = (): Option =>
  new Option('--change <kind>', 'how weights change')
    .choices(['sign', 'gaussian', 'gradient'])
    .default('sign');

const networksOption = (): Option =>
  new Option(
    '--networks <how>',
    'prefixes of one deep network, or separate ones (default: as the method allows)',
  ).choices(['prefixes', 'separate']);
