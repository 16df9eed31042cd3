import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadCheckpoint, readRunRecord } from '@steadyformer/translate/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchers } from '../../packages/mpi/src/testing/launch';
import { buildCommand, type Ended } from './process';

type Launcher = readonly [command: string, options: readonly string[]];
const installed = launchers().flatMap(({ command, options, missing }): Launcher[] =>
  missing === undefined ? [[command, options]] : [],
);

/** Which MPI it is makes no difference to the command; `packages/mpi` tries both at all times. */
const tried = process.env.STEADYFORMER_LONG ? installed : installed.slice(-1);

const words = ['a', 'small', 'red', 'house', 'big', 'blue', 'tree', 'old'];
const lines = Array.from({ length: 60 }, (_, i) =>
  Array.from({ length: 2 + (i % 5) }, (_, j) => words[(i * 3 + j * j + i * j) % 8]).join(' '),
);
// No dropout: its bits depend on who draws them.
const CONFIG = `
data: { train: { source: text.txt, target: turned.txt }, holdOut: { valid: 6, test: 0 } }
output: run
backend: cpu
vocabulary: { merges: 4 }
model: { width: 8, heads: 2, depth: 1, dropout: { residual: 0, attention: 0, activation: 0 } }
batches: { maxTokens: 150 }
training: { updates: 6 }
optimizer: { peak: 0.01, schedule: { name: inverseSqrt, warmup: 3 } }
validation: { every: 0, bleu: false }
checkpoints: { every: 2 }
log: { every: 1 }
replicas: 1
`;

let folder = '';
let program = '';
beforeAll(async () => {
  if (installed.length === 0) return;
  program = await buildCommand();
  folder = await mkdtemp(join(tmpdir(), 'steadyformer-ranks-'));
  await mkdir(join(folder, 'other'));
  const write = async (into: string, own: readonly string[]): Promise<void> => {
    const turned = own.map((line) => line.split(' ').reverse().join(' ').toUpperCase());
    await writeFile(join(folder, into, 'text.txt'), `${own.join('\n')}\n`);
    await writeFile(join(folder, into, 'turned.txt'), `${turned.join('\n')}\n`);
  };
  await write('.', lines);
  await write('other', [...lines, 'old tree']);
  await writeFile(join(folder, 'config.yaml'), CONFIG);
  const { code, stderr } = await run(process.execPath, [program, 'train', 'config.yaml', '-o', 'one']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
}, 200_000);
afterAll(() => (folder === '' ? undefined : rm(folder, { recursive: true })));

const run = (
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> =>
  new Promise((resolve) => {
    const options = {
      cwd: folder,
      timeout: 200_000,
      killSignal: 'SIGKILL',
      env: { ...process.env, ...env },
    } as const;
    const child = execFile(command, args, options, (_, stdout, stderr) =>
      resolve({ code: child.exitCode, signal: child.signalCode, stdout, stderr }),
    );
  });

const start = ([command, options]: Launcher, ranks: number, args: readonly string[]): Promise<Ended> =>
  run(command, [...options, '-n', String(ranks), process.execPath, program, 'train', ...args]);

/** The processes that train into a folder, on Linux. */
const ranksOf = async (output: string): Promise<number[]> => {
  const all = (await readdir('/proc')).filter((name) => /^\d+$/u.test(name));
  const commands = await Promise.all(
    all.map(
      async (pid) => [Number(pid), await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')] as const,
    ),
  );
  return commands
    .filter(([, line]) => line.startsWith(process.execPath) && line.split('\0').includes(output))
    .map(([pid]) => pid);
};

/** The weights after the last update; biases of keys, whose gradient is zero in theory, apart. */
const weightsOf = async (output: string): Promise<number[]> => {
  const { parameters } = await loadCheckpoint(join(folder, output, 'checkpoints/update-00000006'));
  return Object.entries(parameters).flatMap(([path, { data }]) =>
    /(queryKeyValue|keyValue)\.bias$/u.test(path) ? [] : Array.from(data),
  );
};

const largestDifference = (a: readonly number[], b: readonly number[]): number =>
  Math.max(...a.map((x, i) => Math.abs(x - b[i]!)));

describe.skipIf(installed.length === 0)('steadyformer train under mpirun', { timeout: 400_000 }, () => {
  it.each(tried)(
    '%s: 2 ranks come to the weights of one process, to the same bits again',
    async (...launcher) => {
      const one = await weightsOf('one');
      const output = `two-${launcher[0]}`;
      const { code, stdout, stderr } = await start(launcher, 2, ['config.yaml', '-o', output]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      // Rank 0 speaks, and writes.
      expect(stdout.match(/^ranks +2, each with its part of every batch$/gm)).toHaveLength(1);
      expect(stdout.match(/update 6\/6/g)).toHaveLength(1);
      const two = await weightsOf(output);
      expect(largestDifference(two, one)).toBeLessThan(1e-5);
      expect((await readRunRecord(join(folder, output)))?.starts.map(({ ranks }) => ranks)).toEqual([2]);
      if (launcher[0] !== installed.at(-1)![0]) return;
      const again = await start(launcher, 2, ['config.yaml', '-o', 'again']);
      expect(again.code).toBe(0);
      expect(await weightsOf('again')).toEqual(two);
    },
  );

  it.each(tried)(
    '%s: a rank with another config or other data is refused by name, once',
    async (command, options) => {
      const rank = (args: readonly string[], cwd = folder): string[] => [
        ...['-n', '1', '-wdir', cwd, process.execPath, program],
        ...['train', join(folder, 'config.yaml'), '-q', '-o', join(folder, 'refused'), ...args],
      ];
      const both = await run(command, [...options, ...rank([]), ':', ...rank(['-s', 'seed=4'])]);
      expect(both.stderr.match(/^error: /gm)).toHaveLength(1);
      expect(both.stderr).toContain(
        'error: rank 1 differs from rank 0 in config.seed: 4, and rank 0 has 1. Start',
      );
      expect(both.code).toBe(2);
      if (command !== installed.at(-1)![0]) return;
      // What is wrong before ranks know each other the first of a machine says.
      const missing = { STEADYFORMER_MPI: '/no/such/libmpi.so' };
      const alone = await run(command, [...options, ...rank([]), ':', ...rank([])], missing);
      expect(alone.stderr.match(/^error: /gm)).toHaveLength(1);
      expect(alone.stderr).toContain("error: the MPI library '/no/such/libmpi.so' cannot be loaded");
      expect(alone.code).toBe(2);
      const data = await run(command, [...options, ...rank([]), ':', ...rank([], join(folder, 'other'))]);
      expect(data.stderr.match(/^error: /gm)).toHaveLength(1);
      expect(data.stderr).toMatch(
        /error: rank 1 differs from rank 0 in data\.text\.txt: '\d+ bytes, SHA-256 /,
      );
      expect(data.code).toBe(2);
      expect(await readdir(folder)).not.toContain('refused');
    },
  );

  const long = it.skipIf(process.env.STEADYFORMER_LONG === undefined);
  long('a rank that is killed ends the run; 4 ranks go on where 2 were, to the same weights', async () => {
    const [command, options] = installed.at(-1)!;
    const output = join(folder, 'killed');
    const args = ['config.yaml', '-o', output, '-s', 'checkpoints.every=1'];
    const child = spawn(command, [...options, '-n', '2', process.execPath, program, 'train', ...args], {
      cwd: folder,
    });
    let said = '';
    child.stdout.on('data', (data) => {
      said += data;
    });
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    await expect.poll(() => said, { timeout: 150_000 }).toMatch(/checkpoint +\S+00002/);
    process.kill((await ranksOf(output)).at(-1)!, 'SIGKILL');
    expect(await ended).not.toBe(0);
    const { code, stdout } = await start([command, options], 4, args);
    expect(code).toBe(0);
    expect(stdout).toMatch(/resumed +after update \d/);
    expect(largestDifference(await weightsOf('killed'), await weightsOf('one'))).toBeLessThan(1e-5);
  });
});
