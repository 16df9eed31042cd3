import { join } from 'node:path';
import { TensorflowBackendError } from '../checks/errors';
import type { Compiler } from '../checks/inputs';
import { type Located, type LocateOptions, locateLibrary } from '../library/locate';
import { INSTALL } from '../packages/availability';
import { BUILDS, findPackages, type NodePackage, type PackageName } from '../packages/packages';
import { build, openBuild } from './build';
import { findHeaders } from './headers';
import { planBuild } from './plan';
import { checkCompiler, checkHost, type Host } from './preconditions';

export interface SetupOptions extends LocateOptions {
  /** Which package to prepare where both are installed; default: the first of `PACKAGE_NAMES` that is there. */
  readonly package?: PackageName;
  readonly compiler: Compiler;
  /** Files from whose folders the package is resolved. */
  readonly points: readonly string[];
  readonly host: Host;
  /** `npm_config_nodedir`. */
  readonly nodedir: string | undefined;
}

export interface SetupResult {
  readonly source: NodePackage;
  readonly located: Located;
}

const choose = ({ points, package: wanted }: SetupOptions): NodePackage => {
  const found = findPackages(points).find(({ name }) => wanted === undefined || name === wanted);
  if (found) return found;
  throw new TensorflowBackendError(
    `${wanted ?? 'neither @tensorflow/tfjs-node-gpu nor @tensorflow/tfjs-node'} is ${wanted ? 'not ' : ''}installed in this project. Run: ${INSTALL} (its own install script downloads a library of 2022; this command brings a current one)`,
  );
};

/** What has to be there before anything is downloaded or compiled: the folder with `node_api.h` is what is found. */
const checkAll = ({ compiler, run, nodedir }: SetupOptions, source: NodePackage): string => {
  checkCompiler(compiler, run);
  const headers = findHeaders(nodedir);
  if (headers === undefined) throw new TensorflowBackendError('node_api.h not found. Run: npm ci');
  openBuild(join(source.folder, BUILDS)).discard();
  return headers;
};

/**
 * Makes an installed tfjs-node package load a current TensorFlow: finds the library and compiles the package's own addon
 * sources against it, in a folder of the package; one link puts the new addon in the place of the old one. Where a step
 * fails, or the process is killed, the package is as it was.
 *
 * @throws TensorflowBackendError in one line where a piece is missing, naming the piece and the next step.
 */
export const setup = (options: SetupOptions): SetupResult => {
  const { host, compiler, run, log } = options;
  checkHost(host);
  const source = choose(options);
  log(`package: ${source.name} ${source.version} in ${source.folder}`);
  const headers = checkAll(options, source);
  const located = locateLibrary(options);
  const { library, how } = located;
  log(`library: TensorFlow ${library.version ?? 'of unknown version'} in ${library.folder} (${how})`);
  log(`compiling the addon with ${compiler.words.join(' ')} ...`);
  build(planBuild({ source, library, headers, compiler }), run);
  log(`addon: ${source.addon}`);
  return { source, located };
};
