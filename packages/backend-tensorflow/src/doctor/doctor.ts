import { existsSync } from 'node:fs';
import { reasonOf } from '../checks/errors';
import type { Compiler } from '../checks/inputs';
import { readLibrary } from '../library/library';
import { type Located, type LocateOptions, locateLibrary } from '../library/locate';
import { INSTALL, SETUP } from '../packages/availability';
import { danglingLinks, findPackages, linkedLibrary, type NodePackage } from '../packages/packages';
import { tail } from '../process/run';
import { findHeaders } from '../setup/headers';
import type { SelfTest } from './selfTestReport';

/** One line of the doctor's table. `needed`: without it the backend cannot run; else only setup wants it. */
export interface Check {
  readonly name: string;
  readonly ok: boolean;
  readonly needed: boolean;
  readonly detail: string;
}

export interface DoctorOptions extends LocateOptions {
  readonly nodeVersion: string;
  readonly compiler: Compiler;
  readonly points: readonly string[];
  /** Loads the backend in a process of its own. */
  readonly selfTest: (points: readonly string[]) => SelfTest;
}

const line = (name: string, ok: boolean, detail: string, needed = true): Check => ({
  name,
  ok,
  needed,
  detail,
});

/** Node 20.19 is the first 20 that can `require` an ES module; 22 and 24 are tested. */
const node = (version: string): Check => {
  const [major = 0, minor = 0] = version.replace(/^v/, '').split('.').map(Number);
  const ok = major > 20 || (major === 20 && minor >= 19);
  return line('node', ok, ok ? version : `${version}; needed: 20.19 or newer`);
};

const compiler = ({ compiler: { words }, run }: DoctorOptions): Check => {
  const [program, ...first] = words;
  const { status, stdout } = run(program, [...first, '--version']);
  const [version] = stdout.split('\n');
  return line(
    'compiler',
    status === 0,
    status === 0
      ? `${version}`
      : `'${words.join(' ')}' does not run. Install g++, or name another by --compiler or CXX`,
    false,
  );
};

/** What is linked already, else what setup would take. `fetch` is not obeyed. */
const located = ({ fetch: _, ...options }: DoctorOptions, source: NodePackage | undefined): Located => {
  const linked = source && linkedLibrary(source);
  return linked ? { library: readLibrary(linked), how: 'linked' } : locateLibrary(options);
};

const library = (options: DoctorOptions, source: NodePackage | undefined): Check => {
  try {
    const { library: found, how } = located(options, source);
    const cuda = found.cuda ? ' with CUDA wheels' : '';
    return line(
      'TensorFlow library',
      true,
      `${found.version ?? 'unknown version'}${cuda}, ${found.folder} (${how})`,
      false,
    );
  } catch (error) {
    return line('TensorFlow library', false, reasonOf(error), false);
  }
};

const addon = (found: NodePackage | undefined): Check => {
  if (!found) return line('addon', false, 'no package to build it in');
  if (!existsSync(found.addon)) return line('addon', false, `not compiled. Run: ${SETUP}`);
  const [gone] = danglingLinks(found);
  return gone
    ? line('addon', false, `${gone} points nowhere. Run: ${SETUP}`)
    : line('addon', true, found.addon);
};

const loading = (ready: boolean, { selfTest, points }: DoctorOptions): Check[] => {
  if (!ready) return [line('loads', false, 'not tried'), line('matmul', false, 'not tried')];
  const report = selfTest(points);
  if (!report.loads)
    return [line('loads', false, tail(report.reason, 2)), line('matmul', false, 'not tried')];
  return [
    line('loads', true, `TensorFlow ${report.version} on ${report.gpu ? 'CUDA' : 'CPU'}`),
    line('matmul', report.matmul, report.matmul ? '[2,3] x [3,2] is right' : '[2,3] x [3,2] is wrong'),
  ];
};

/** Examines everything from Node to a matrix product. Never throws for what it finds. */
export const doctor = (options: DoctorOptions): Check[] => {
  const [found, ...others] = [...findPackages(options.points)].sort(
    (a, b) => Number(existsSync(b.addon)) - Number(existsSync(a.addon)),
  );
  const headers = findHeaders();
  const built = addon(found);
  const also = others.map(({ folder }) => `; also ${folder}`).join('');
  return [
    node(options.nodeVersion),
    line(
      'package',
      found !== undefined,
      found ? `${found.name} ${found.version}${also}` : `none. Run: ${INSTALL}`,
    ),
    compiler(options),
    line('node headers', headers !== undefined, headers ?? 'node_api.h not found', false),
    library(options, found),
    built,
    ...loading(built.ok, options),
  ];
};

/** The checks as a table: `ok`, `MISSING` (the backend cannot run) or `absent` (only setup would want it). */
export const formatChecks = (checks: readonly Check[]): string => {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const state = ({ ok, needed }: Check): string => (ok ? 'ok' : needed ? 'MISSING' : 'absent');
  return checks
    .map((check) => `${check.name.padEnd(width)}  ${state(check).padEnd(7)}  ${check.detail}`)
    .join('\n');
};

/** Whether the backend runs. */
export const healthy = (checks: readonly Check[]): boolean => checks.every(({ ok, needed }) => ok || !needed);
