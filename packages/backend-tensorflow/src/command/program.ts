import { Command, CommanderError, Option } from 'commander';
import { version } from '../../package.json';
import { reasonOf, TensorflowBackendError } from '../checks/errors';
import { compilerFrom, existingFolder, folderFrom, programFrom } from '../checks/inputs';
import { checksJson, formatChecks, healthy } from '../doctor/checks';
import { doctor } from '../doctor/doctor';
import type { SelfTest } from '../doctor/selfTestReport';
import { defaultCache, VARIANTS, type Variant } from '../library/cache';
import { TENSORFLOW_VERSION } from '../library/fetch';
import { PACKAGE_NAMES, type PackageName, projectPoints } from '../packages/packages';
import type { Run } from '../process/run';
import type { Host } from '../setup/preconditions';
import { setup } from '../setup/setup';

/** The outside world, as far as the command needs it. */
export interface World {
  readonly run: Run;
  readonly selfTest: (points: readonly string[]) => SelfTest;
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly host: Host;
  readonly nodeVersion: string;
  /** Of the file system, where drivers and system libraries are looked for. */
  readonly root: string;
}

interface CommonFlags {
  readonly library?: string;
  readonly python: string;
  readonly cache: string;
  readonly compiler: string;
}
interface SetupFlags extends CommonFlags {
  readonly fetch?: Variant;
  readonly wheels?: string;
  readonly package?: PackageName;
}

const common = (command: Command, environment: World['environment']): Command =>
  command
    .option('--library <folder>', "TensorFlow: a wheel's 'tensorflow' folder (or STEADYFORMER_TENSORFLOW)")
    .option('--python <program>', 'Python whose TensorFlow is used, and whose pip downloads', 'python3')
    .option(
      '--compiler <command>',
      'C++17 compiler, split as a shell does (or CXX)',
      environment.CXX || 'g++',
    )
    .option(
      '--cache <folder>',
      'where downloads are kept (or STEADYFORMER_CACHE)',
      defaultCache(environment),
    );

/** What both commands need: the one gate through which folders and programs come in. */
const locating = ({ environment, cwd, run, out }: World, flags: CommonFlags) => {
  const { STEADYFORMER_TENSORFLOW: given, CXX } = environment;
  const compilerName = flags.compiler === CXX ? 'CXX' : '--compiler';
  return {
    ...(flags.library === undefined ? {} : { library: existingFolder('--library', flags.library, cwd) }),
    ...(given ? { environment: folderFrom('STEADYFORMER_TENSORFLOW', given, cwd) } : {}),
    python: programFrom('--python', flags.python, cwd),
    compiler: compilerFrom(compilerName, flags.compiler, environment, cwd),
    cache: folderFrom('--cache', flags.cache, cwd),
    nodedir: environment.npm_config_nodedir,
    points: projectPoints(cwd),
    run,
    log: (text: string) => out(`${text}\n`),
  };
};

const examine = (world: World, flags: CommonFlags & { readonly json?: boolean }): number => {
  const { selfTest, nodeVersion, root, environment } = world;
  const libraryPath = environment.LD_LIBRARY_PATH;
  const checks = doctor({ ...locating(world, flags), selfTest, nodeVersion, root, libraryPath });
  world.out(`${flags.json ? checksJson(checks) : formatChecks(checks)}\n`);
  return healthy(checks) ? 0 : 1;
};

const prepare = (world: World, flags: SetupFlags): number => {
  setup({
    ...locating(world, flags),
    ...(flags.fetch ? { fetch: flags.fetch } : {}),
    ...(flags.package ? { package: flags.package } : {}),
    ...(flags.wheels === undefined ? {} : { wheels: existingFolder('--wheels', flags.wheels, world.cwd) }),
    host: world.host,
  });
  return examine(world, flags);
};

/**
 * The command `steadyformer-tensorflow`.
 *
 * @param args what follows the program's name.
 * @returns the exit code: 0 the backend runs, 1 it does not, 2 a bad command line or something that `setup` needs is
 * missing: one line says what, and nothing was changed.
 */
export const main = async (args: readonly string[], world: World): Promise<number> => {
  let code = 0;
  const program = new Command('steadyformer-tensorflow')
    .description(
      'Makes @tensorflow/tfjs-node-gpu (or tfjs-node) run on a current TensorFlow and a current Node.',
    )
    .version(version)
    .configureOutput({ writeOut: world.out, writeErr: world.error })
    .exitOverride();
  common(program.command('setup'), world.environment)
    .description(`find TensorFlow, link it, compile the addon (tested with TensorFlow ${TENSORFLOW_VERSION})`)
    .addOption(
      new Option('--fetch <variant>', 'download TensorFlow with pip: cpu 0.3 GB, gpu 3 GB').choices(VARIANTS),
    )
    .addOption(
      new Option('--wheels <folder>', 'unpack TensorFlow from the wheels in a folder; no network').conflicts(
        'fetch',
      ),
    )
    .addOption(new Option('--package <name>', 'which package to prepare').choices(PACKAGE_NAMES))
    .action((flags: SetupFlags) => {
      code = prepare(world, flags);
    });
  common(program.command('doctor'), world.environment)
    .description('say what works, what is missing, and the command that mends it')
    .option('--json', 'the same as JSON')
    .action((flags: CommonFlags & { readonly json?: boolean }) => {
      code = examine(world, flags);
    });
  try {
    await program.parseAsync([...args], { from: 'user' });
    return code;
  } catch (error) {
    // commander has printed its own message already; help and version end with code 0.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    world.error(`${reasonOf(error)}\n`);
    return error instanceof TensorflowBackendError ? 2 : 1;
  }
};
