import { execFile, spawn } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { BuildOptions } from 'esbuild';
import { buildWhole } from '../support/buildWhole';

const source = fileURLToPath(new URL('../../packages/cli/src', import.meta.url));
/** Inside the workspace, so that packages are found from there. */
const folder = fileURLToPath(new URL('../node_modules/.cache/cli', import.meta.url));

/** Our own packages inside, all others outside. */
const OURS: BuildOptions = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  conditions: ['steadyformer-source'],
  plugins: [
    {
      name: 'others outside',
      setup: ({ onResolve }) => {
        onResolve({ filter: /^[^.#/]/ }, ({ path, kind }) =>
          kind === 'entry-point' || (path.startsWith('@steadyformer/') && !path.includes('/backend-'))
            ? undefined
            : { path, external: true },
        );
      },
    },
  ],
  logLevel: 'error',
};

/** Builds the command from the sources as the package's build does, with ours inside and all others outside. */
export const buildCommand = async (): Promise<string> => {
  await buildWhole({
    ...OURS,
    entryPoints: [`${source}/bin/steadyformer.ts`, `${source}/main/start.ts`],
    outbase: source,
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    splitting: true,
  });
  return `${folder}/bin/steadyformer.mjs`;
};

/** Builds what a translator's thread runs, where the command looks for it: beside its own module. */
export const buildThread = async (): Promise<void> => {
  await buildWhole({
    ...OURS,
    entryPoints: [fileURLToPath(new URL('../../packages/translate/src/node/translator.ts', import.meta.url))],
    outfile: `${folder}/main/translator.js`,
  });
  await writeFile(`${folder}/package.json`, '{ "type": "module" }');
};

/** How a program ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs lines of bash in which `steadyformer` is the command. */
export const bash = (program: string, lines: readonly string[], cwd: string): Promise<Ended> => {
  const script = [`steadyformer() { '${process.execPath}' '${program}' "$@"; }`, ...lines].join('\n');
  return new Promise((resolve) => {
    const child = execFile('bash', ['-c', script], { cwd, maxBuffer: 2 ** 28 }, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, signal: child.signalCode, stdout, stderr }),
    );
  });
};

/** Runs the command; `said` is called with all it has said so far, on either stream, and may end it. */
export const watched = (
  program: string,
  args: readonly string[],
  cwd: string,
  said: (text: string, kill: (signal: NodeJS.Signals) => void) => void,
): Promise<Ended> => {
  const child = spawn(process.execPath, [program, ...args], { cwd, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  const tell = (): void => said(stdout + stderr, (signal) => child.kill(signal));
  child.stdout.on('data', (data) => {
    stdout += data;
    tell();
  });
  child.stderr.on('data', (data) => {
    stderr += data;
    tell();
  });
  return new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
};
