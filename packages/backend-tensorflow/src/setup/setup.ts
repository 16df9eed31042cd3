import { TensorflowBackendError } from '../checks/errors';
import type { Compiler } from '../checks/inputs';
import { type Located, type LocateOptions, locateLibrary } from '../library/locate';
import { INSTALL } from '../packages/availability';
import { findPackages, type NodePackage, type PackageName } from '../packages/packages';
import { build } from './build';
import { findHeaders } from './headers';
import { planBuild } from './plan';

export interface SetupOptions extends LocateOptions {
  /** Which package to prepare where both are installed; default: the first of `PACKAGE_NAMES` that is there. */
  readonly package?: PackageName;
  readonly compiler: Compiler;
  /** Files from whose folders the package is resolved. */
  readonly points: readonly string[];
  readonly platform: NodeJS.Platform;
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

/**
 * Makes an installed tfjs-node package load a current TensorFlow: finds the library, compiles the package's own addon
 * sources against it and links it into the package's `deps`. Where a step fails, the package is as it was.
 *
 * @throws TensorflowBackendError where a piece is missing, naming the piece and the next step.
 */
export const setup = (options: SetupOptions): SetupResult => {
  const { platform, compiler, run, log } = options;
  if (platform !== 'linux') {
    throw new TensorflowBackendError(
      `setup knows Linux only, this is '${platform}'. Next: let tfjs-node's own installer fetch its library, or use @steadyformer/backend-onnxruntime.`,
    );
  }
  const source = choose(options);
  log(`package: ${source.name} ${source.version} in ${source.folder}`);
  const located = locateLibrary(options);
  const { library, how } = located;
  log(`library: TensorFlow ${library.version ?? 'of unknown version'} in ${library.folder} (${how})`);
  const headers = findHeaders();
  if (headers === undefined) throw new TensorflowBackendError('node_api.h not found. Run: npm ci');
  log(`compiling the addon with ${compiler.words.join(' ')} ...`);
  build(planBuild({ source, library, headers, compiler }), run);
  log(`addon: ${source.addon}`);
  return { source, located };
};
