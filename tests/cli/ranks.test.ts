import { execFile, spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomStream } from '@steadyformer/core';
import { loadCheckpoint, readRunRecord } from '@steadyformer/translate/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchers } from '../../packages/mpi/src/testing/launch';
import { buildCommand, type Ended } from './process';
import { CONFIG, SENTENCES, writeTurned } from './turnedText';

type Launcher = readonly [command: string, options: readonly string[]];
const installed = launchers().flatMap(({ command, options, missing }): Launcher[] =>
  missing === undefined ? [[command, options]] : [],
);

/** Which MPI it is makes no difference to the command; `packages/mpi` tries both at all times. */
const tried = process.env.STEADYFORMER_LONG ? installed : installed.slice(-1);

let folder = '';
let program = '';
beforeAll(async () => {
  if (installed.length === 0) return;
  program = await buildCommand();
  folder = await mkdtemp(join(tmpdir(), 'steadyformer-ranks-'));
  await mkdir(join(folder, 'other'));
  await writeTurned(folder, SENTENCES);
  await writeTurned(join(folder, 'other'), [...SENTENCES, 'old tree']);
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

/** The weights after an update, of them the last; biases of keys, whose gradient is zero in theory, apart. */
const weightsOf = async (output: string, update = 6): Promise<number[]> => {
  const name = `update-${String(update).padStart(8, '0')}`;
  const { parameters } = await loadCheckpoint(join(folder, output, 'checkpoints', name));
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

  const KILLS = 30;
  const UPDATES = 40;
  long(
    `${KILLS} kills of a rank at any moment lose nothing: the run goes on from its last checkpoint to the same bits`,
    { timeout: 1_500_000 },
    async () => {
      const settings = [`training.updates=${UPDATES}`, 'checkpoints.every=1'].flatMap((each) => ['-s', each]);
      const whole = await start(installed[0]!, 2, ['config.yaml', '-o', 'whole', ...settings]);
      expect(whole.code).toBe(0);
      const expected = await weightsOf('whole', UPDATES);
      const random = randomStream(20);
      let drawn = 0;
      const uniform = (): number => random.uniformAt(drawn++);
      let [kills, runs] = [0, 0];
      let reached = 0;
      const newest = async (output: string): Promise<number> => {
        const names = await readdir(join(output, 'checkpoints')).catch(() => []);
        return Math.max(0, ...names.flatMap((name) => Number(/^update-(\d{8})$/u.exec(name)?.[1] ?? 0)));
      };
      while (kills < KILLS || reached > 0) {
        const output = join(folder, `kills-${runs}`);
        const [command, options] = installed[(kills + runs) % installed.length]!;
        const args = ['train', 'config.yaml', '-o', output, ...settings];
        const child = spawn(command, [...options, '-n', '2', process.execPath, program, ...args], {
          cwd: folder,
        });
        let [out, error] = ['', ''];
        child.stdout.on('data', (data) => {
          out += data;
        });
        child.stderr.on('data', (data) => {
          error += data;
        });
        const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
        let killed = false;
        if (kills < KILLS) {
          // While it begins, or while it trains.
          const trains = uniform() < 0.7;
          const there = trains ? (): boolean => out.includes('train ') : (): boolean => true;
          await expect.poll(there, { timeout: 100_000, interval: 5 }).toBe(true);
          await new Promise((resolve) => setTimeout(resolve, uniform() * (trains ? 1000 : 4000)));
          const ranks = await ranksOf(output);
          const victim = ranks[Math.floor(uniform() * ranks.length)];
          try {
            if (victim !== undefined) process.kill(victim, 'SIGKILL');
            killed = victim !== undefined;
          } catch {
            // It has ended by itself.
          }
        }
        const code = await ended;
        expect(out + error).not.toMatch(/damaged|checksum|fault of steadyformer/u);
        // What was saved stays.
        const now = await newest(output);
        expect(now).toBeGreaterThanOrEqual(reached);
        reached = now;
        if (killed) kills++;
        if (code !== 0) {
          expect(killed, error).toBe(true);
          continue;
        }
        expect(await weightsOf(`kills-${runs}`, UPDATES)).toEqual(expected);
        runs++;
        reached = 0;
      }
      expect(runs).toBeGreaterThan(0);
    },
  );
});
