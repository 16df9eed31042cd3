import { spawn } from 'node:child_process';
import { mkdirSync, renameSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
/** Bundles lie inside the package, so that its dependencies are found from there. */
const folder = join(here, '..', '..', 'node_modules', '.cache', 'conformance');

/** What a child process did. */
export interface Outcome {
  readonly code: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Bundles a program, by default one beside this file, with the sources that it reads, for Node to run. `everything` also bundles
 * tfjs: its shipped tests are ES modules that Node cannot load by themselves.
 */
export const bundle = async (entry: string, everything = false): Promise<string> => {
  mkdirSync(folder, { recursive: true });
  const outfile = join(folder, `${basename(entry).replace(/\.m?[jt]s$/, '')}.mjs`);
  // Other test files bundle it at the same time: a program must never be read half written, or empty.
  const own = `${outfile}.${process.pid}`;
  await build({
    entryPoints: [resolve(here, entry)],
    outfile: own,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'error',
    ...(everything
      ? {
          mainFields: ['module', 'main'],
          // tfjs's packages call their test files free of side effects.
          ignoreAnnotations: true,
          external: ['koffi'],
          banner: {
            js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
          },
        }
      : { packages: 'external' as const }),
  });
  renameSync(own, outfile);
  return outfile;
};

/** Runs a Node program to its end; after `limit` milliseconds it is killed. */
export const run = (
  script: string,
  args: readonly string[] = [],
  { node = [], env = {}, limit = 170_000 }: RunOptions = {},
): Promise<Outcome> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [...node, script, ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const chunks = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      chunks.stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      chunks.stderr += text;
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), limit);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, ...chunks });
    });
  });

export interface RunOptions {
  /** Options of Node itself. */
  node?: readonly string[];
  env?: Readonly<Record<string, string>>;
  limit?: number;
}

/** The JSON that a program printed on its last line. */
export const lastLine = <T>({ stdout, stderr, code, signal }: Outcome): T => {
  const line = stdout.trim().split('\n').at(-1) ?? '';
  try {
    return JSON.parse(line) as T;
  } catch {
    throw new Error(
      `exit code ${code}, signal ${signal}, no JSON at the end: ${stdout.slice(-500)}\n${stderr.slice(-2000)}`,
    );
  }
};
