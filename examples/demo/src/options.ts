import { createRequire } from 'node:module';
import { invalidArgument } from '@steadyformer/core';
import { Command, InvalidArgumentError, Option } from 'commander';

export interface DemoOptions {
  readonly backend: string;
  readonly corpus?: CorpusName;
  /** The user's own text, both or neither. */
  readonly source?: string;
  readonly target?: string;
  readonly method: MethodName;
  readonly steps?: number;
  readonly seed: number;
  readonly replicas?: number;
  readonly output: string;
  /** Trains Post-LN and Admin, shallow and deep, in place of one model. */
  readonly compare?: boolean;
  /** Translates this with the model of an earlier run, instead of training one. */
  readonly translate?: string;
}

export const METHODS = ['admin', 'postLN', 'preLN'] as const;
export type MethodName = (typeof METHODS)[number];

export const STANDARD_OUTPUT = 'runs/demo';
const COMPARE_OUTPUT = 'runs/compare';

export const CORPORA = ['libreoffice', 'emoji'] as const;
export type CorpusName = (typeof CORPORA)[number];

const wholeNumber = (text: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new InvalidArgumentError('Allowed: whole numbers >= 1.');
};

/** The demo has no version of its own: that of the packages it shows. */
const { version } = createRequire(import.meta.url)('@steadyformer/core/package.json') as { version: string };

const command = (): Command =>
  new Command('npm run demo --')
    .description('Trains a small Admin Transformer on real text and lets it translate.')
    .version(version)
    .addOption(
      new Option('--backend <name>', 'tfjs backend: auto, onnxruntime, tensorflow, wasm or cpu').default(
        process.env.STEADYFORMER_BACKEND || 'auto',
      ),
    )
    .addOption(
      new Option('--corpus <name>', 'bundled text; the default depends on how fast the backend is')
        .choices([...CORPORA])
        .conflicts(['source', 'target']),
    )
    .option('--source <file>', 'your own text instead: one sentence a line')
    .option('--target <file>', 'its translation, line by line')
    .addOption(new Option('--method <name>', 'residual method').choices([...METHODS]).default('admin'))
    .addOption(
      new Option(
        '--compare',
        'train Post-LN and Admin, shallow and deep, and show them side by side',
      ).conflicts(['corpus', 'method', 'translate']),
    )
    .option('--steps <n>', 'number of updates', wholeNumber)
    .option('--seed <n>', 'seed of weights, dropout and shuffling', wholeNumber, 1)
    .option(
      '--replicas <n>',
      'threads that share each batch (onnxruntime); the default is the number of cores',
      wholeNumber,
    )
    .option('--output <folder>', 'where the models are saved', STANDARD_OUTPUT)
    .addOption(
      new Option(
        '--translate <text>',
        'translates a text with the model of an earlier run, instead of training one',
      ).conflicts(['corpus', 'source', 'target', 'method', 'steps', 'seed', 'replicas']),
    )
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ outputError: () => {} });

/** The options of a command line. Throws where one is unknown or out of range. */
export const parseOptions = (args: readonly string[]): DemoOptions => {
  const options = command()
    .parse([...args], { from: 'user' })
    .opts<DemoOptions>();
  if ((options.source === undefined) !== (options.target === undefined)) {
    throw invalidArgument({
      what: '--source and --target',
      received: options.source ? '--source alone' : '--target alone',
      allowed: 'both or neither',
    });
  }
  // Beside a demo's own run.
  return options.compare && options.output === STANDARD_OUTPUT
    ? { ...options, output: COMPARE_OUTPUT }
    : options;
};
