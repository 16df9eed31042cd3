import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
/** Inside the package, so that its dependencies are found from there. */
const folder = join(here, '..', '..', 'node_modules', '.cache', 'ranks');

/** A launcher of this machine's, and how it is called. */
export interface Installed {
  readonly name: string;
  readonly command: string;
  readonly options: readonly string[];
  /** Why it cannot be used; absent where it can. */
  readonly missing?: string;
}

const asRoot = process.getuid?.() === 0 ? ['--allow-run-as-root'] : [];

const look = (name: string, command: string, options: readonly string[]): Installed => {
  const { error, status } = spawnSync(command, [...options, '-n', '1', 'true'], { timeout: 60_000 });
  const works = !error && status === 0;
  return { name, command, options, ...(works ? {} : { missing: `no ${command} that works here` }) };
};

/** As Debian names them when both are installed. */
export const launchers = (): Installed[] => [
  look('Open MPI', 'mpirun.openmpi', [...asRoot, '--oversubscribe']),
  look('MPICH', 'mpirun.mpich', []),
];

/** What came of a run of all ranks. */
export interface Outcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

/** Bundles a program of this folder for Node to run. */
export const bundled = async (name: string): Promise<string> => {
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, `${basename(name, '.ts')}.mjs`);
  const own = `${outfile}.${process.pid}`;
  await build({
    entryPoints: [join(here, name)],
    outfile: own,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
  renameSync(own, outfile);
  return outfile;
};

/** Runs a command to its end; after `limit` milliseconds it is killed. */
export const run = (
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
  limit = 170_000,
): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(command, [...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), limit);
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, stdout, stderr, seconds: (performance.now() - began) / 1000 });
    });
  });

/** Starts so many ranks of a Node program. */
export const runRanks = (
  { command, options }: Installed,
  ranks: number,
  program: string,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> =>
  run(command, [...options, '-n', String(ranks), process.execPath, program, ...args], env);
