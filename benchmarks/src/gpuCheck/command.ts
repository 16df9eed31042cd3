import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'esbuild';
import { lastWords } from '../harness/start';
import { root, workFolder } from '../paths';
import type { GpuCheckOptions } from './options';
import type { Step } from './step';

/** The command line of backend-tensorflow, from its sources: nothing has to be built or published before. */
export const bundleCommand = async (): Promise<string> => {
  const sources = join(root, '..', 'packages', 'backend-tensorflow', 'src');
  const outdir = join(workFolder, 'command');
  await build({
    entryPoints: ['command/cli.ts', 'doctor/selfTest.ts'].map((name) => join(sources, name)),
    outbase: sources,
    outdir,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
  });
  return join(outdir, 'command', 'cli.js');
};

interface DoctorReport {
  readonly healthy: boolean;
  readonly checks: readonly { readonly name: string; readonly state: string; readonly detail: string }[];
}

const call = (cli: string, args: readonly string[], project: string, seconds: number) =>
  spawnSync(process.execPath, [cli, ...args], {
    cwd: project,
    encoding: 'utf8',
    timeout: Math.ceil(seconds * 1000),
  });

/** `setup` in the project, from wheels or a library that were brought along. */
export const setupStep = (cli: string, { project, source }: GpuCheckOptions): Step => ({
  name: 'setup',
  run: (left) => {
    const { status, stdout, stderr } = call(cli, ['setup', ...source], project, left);
    const library = /^library: (.*)$/m.exec(stdout)?.[1] ?? '';
    if (status === 0) return { state: 'ok', detail: library, data: stdout };
    const why = stderr.trim() || lastWords(stdout);
    return { state: 'failed', detail: why || `status ${status}`, data: stdout };
  },
});

/** `doctor`: healthy, and whether it found a GPU; or the first fault with what mends it. */
export const doctorStep = (cli: string, { project }: GpuCheckOptions): Step => ({
  name: 'doctor',
  run: (left) => {
    const { stdout, stderr } = call(cli, ['doctor', '--json'], project, left);
    if (!stdout.startsWith('{')) return { state: 'failed', detail: lastWords(stderr) };
    const data = JSON.parse(stdout) as DoctorReport;
    const gpus = data.checks.filter(({ name }) => name.startsWith('GPU')).map(({ detail }) => detail);
    const faults = data.checks.filter(({ state }) => state === 'missing').map(({ detail }) => detail);
    return {
      state: data.healthy ? 'ok' : 'failed',
      detail: (faults.length > 0 ? faults : gpus).join('; '),
      data,
    };
  },
});
