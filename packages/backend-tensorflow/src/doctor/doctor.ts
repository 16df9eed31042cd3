import { existsSync } from 'node:fs';
import { reasonOf } from '../checks/errors';
import type { Compiler } from '../checks/inputs';
import { readLibrary } from '../library/library';
import { type Located, type LocateOptions, locateLibrary } from '../library/locate';
import { INSTALL, SETUP } from '../packages/availability';
import { danglingLinks, findPackages, linkedLibrary, type NodePackage } from '../packages/packages';
import { tail } from '../process/run';
import { findHeaders } from '../setup/headers';
import { absent, type Check, missing, well } from './checks';
import { gpuChecks } from './gpuChecks';
import type { SelfTest } from './selfTestReport';

export interface DoctorOptions extends LocateOptions {
  readonly nodeVersion: string;
  readonly compiler: Compiler;
  /** `npm_config_nodedir`. */
  readonly nodedir: string | undefined;
  readonly points: readonly string[];
  /** Of the file system, where drivers and libraries are looked for: `/` but in tests. */
  readonly root: string;
  /** `LD_LIBRARY_PATH`. */
  readonly libraryPath: string | undefined;
  /** Loads the backend in a process of its own. */
  readonly selfTest: (points: readonly string[]) => SelfTest;
}

/** Node 20.19 is the first 20 that can `require` an ES module; 22 and 24 are tested. */
const node = (version: string): Check => {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const ok = major > 20 || (major === 20 && minor >= 19);
  return ok ? well('node', version) : missing('node', `${version}; needed: 20.19 or newer`);
};

const compiler = ({ compiler: { words }, run }: DoctorOptions): Check => {
  const [program, ...first] = words;
  const { status, stdout } = run(program, [...first, '--version']);
  const [version = ''] = stdout.split('\n');
  return status === 0
    ? well('compiler', version)
    : absent(
        'compiler',
        `'${words.join(' ')}' does not run`,
        'apt-get install g++ (or name another by --compiler or CXX)',
      );
};

const headersCheck = ({ nodedir }: DoctorOptions): Check => {
  try {
    const headers = findHeaders(nodedir);
    return headers === undefined
      ? absent('node headers', 'node_api.h not found', 'npm ci')
      : well('node headers', headers);
  } catch (error) {
    return absent('node headers', reasonOf(error));
  }
};

const packageCheck = ([found, ...others]: readonly NodePackage[]): Check => {
  if (!found) return missing('package', 'none', INSTALL);
  const also = others.map(({ folder }) => `; also ${folder}`).join('');
  return well('package', `${found.name} ${found.version}${also}`);
};

/** What is linked already, else what setup would take, else why there is none. `fetch` is not obeyed. */
const located = (
  { fetch: _, ...options }: DoctorOptions,
  source: NodePackage | undefined,
): Located | { readonly reason: string } => {
  const linked = source && linkedLibrary(source);
  try {
    return linked ? { library: readLibrary(linked), how: 'linked' } : locateLibrary(options);
  } catch (error) {
    return { reason: reasonOf(error) };
  }
};

const libraryCheck = (found: ReturnType<typeof located>): Check => {
  if ('reason' in found) return absent('TensorFlow library', found.reason);
  const { version, build, folder } = found.library;
  const cuda = build ? `, built with CUDA ${build.cuda}` : '';
  return well('TensorFlow library', `${version ?? 'unknown version'}${cuda}, ${folder} (${found.how})`);
};

const addon = (found: NodePackage | undefined): Check => {
  if (!found) return missing('addon', 'no package to build it in');
  if (!existsSync(found.addon)) return missing('addon', 'not compiled', SETUP);
  const [gone] = danglingLinks(found);
  return gone ? missing('addon', `${gone} points nowhere`, SETUP) : well('addon', found.addon);
};

/** Loads it. `gpuExpected`: a GPU build on a machine with a GPU, where the CPU would be a fault. */
const loading = (
  ready: boolean,
  gpuExpected: boolean,
  { selfTest, points }: DoctorOptions,
): readonly Check[] => {
  const untried = missing('matmul', 'not tried');
  if (!ready) return [missing('loads', 'not tried'), untried];
  const report = selfTest(points);
  if (!report.loads) return [missing('loads', tail(report.reason, 2)), untried];
  const { version, gpu, notes = [] } = report;
  const words = notes.length === 0 ? '' : ` (TensorFlow says: ${notes.join('; ')})`;
  return [
    gpuExpected && !gpu
      ? missing('loads', `TensorFlow ${version} on CPU, though there is a GPU${words}`)
      : well('loads', `TensorFlow ${version} on ${gpu ? 'CUDA' : 'CPU'}`),
    report.matmul ? well('matmul', '[2,3] x [3,2] is right') : missing('matmul', '[2,3] x [3,2] is wrong'),
  ];
};

/** Examines everything from Node to a matrix product. Never throws for what it finds. */
export const doctor = (options: DoctorOptions): Check[] => {
  const packages = [...findPackages(options.points)].sort(
    (a, b) => Number(existsSync(b.addon)) - Number(existsSync(a.addon)),
  );
  const [found] = packages;
  const library = located(options, found);
  const built = addon(found);
  const gpu = gpuChecks({
    library: 'reason' in library ? undefined : library.library,
    python: options.python,
    run: options.run,
    root: options.root,
    path: options.libraryPath,
  });
  const gpuExpected =
    'library' in library &&
    library.library.build !== undefined &&
    gpu.some(({ name, ok }) => ok && /^GPU \d/.test(name));
  return [
    node(options.nodeVersion),
    packageCheck(packages),
    compiler(options),
    headersCheck(options),
    libraryCheck(library),
    ...gpu,
    built,
    ...loading(built.ok, gpuExpected, options),
  ];
};
