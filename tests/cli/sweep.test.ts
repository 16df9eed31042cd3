import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { bash, buildCommand, watched } from './process';

let folder = '';
let program = '';
beforeAll(async () => {
  program = await buildCommand();
});
const at = (name: string): string => join(folder, name);

const WORDS = ['red', 'blue', 'old', 'house', 'car', 'tree', 'green', 'river', 'door', 'night'];
const lines = (end: string): string =>
  Array.from({ length: 30 }, (_, i) =>
    Array.from({ length: 2 + (i % 4) }, (_, j) => `${WORDS[(3 * i + (i >> 2) + 5 * j) % 10]}${end}`).join(
      ' ',
    ),
  ).join('\n');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steadyformer-sweep-'));
  await writeFile(at('s.txt'), `${lines('')}\n`);
  await writeFile(at('t.txt'), `${lines('e')}\n`);
  const files = { source: 's.txt', target: 't.txt' };
  const config = {
    backend: 'cpu',
    replicas: 1,
    data: { train: files, valid: files, filter: { apply: false } },
    vocabulary: { merges: 10 },
    batches: { maxTokens: 60 },
    model: { width: 8, heads: 2, depth: 1, feedForward: 8 },
    optimizer: { peak: 0.01, schedule: { name: 'inverseSqrt', warmup: 4 } },
    training: { updates: 30 },
    validation: { every: 30 },
    checkpoints: { every: 10 },
    watch: { every: 0 },
    log: { every: 1, tensorBoard: false },
  };
  await writeFile(at('config.json'), JSON.stringify(config));
});
afterEach(() => rm(folder, { recursive: true }));

const plan = async (grid: string): Promise<void> => {
  const { code, stderr } = await bash(
    program,
    [`steadyformer sweep plan config.json -o out ${grid}`],
    folder,
  );
  expect([code, stderr]).toEqual([0, '']);
};

/** Every run is a process, which loads TensorFlow.js. */
const LONG = 180_000;

const readJson = async <T>(name: string): Promise<T> => JSON.parse(await readFile(at(name), 'utf8'));
const results = async (): Promise<string[]> =>
  (await readdir(at('out'))).filter((name) => name.endsWith('.result.json')).sort();

/** What does not depend on when and how often a run was stopped. */
const numbersOf = async (name: string): Promise<unknown> => {
  const {
    seconds: _,
    config: _config,
    model: _model,
    ...rest
  } = await readJson<Record<string, unknown>>(name);
  return rest;
};

describe.skipIf(process.platform === 'win32')('steadyformer sweep run --all', () => {
  it(
    'stops at Ctrl-C with the state of every run saved, and goes on to the same numbers',
    async () => {
      await plan('--grid seed=1,2,3');
      const args = ['sweep', 'run', 'out', '--all', '--parallel', '2'];
      // Once both of the first two are at work: their folders have logs.
      const interrupt = async (kill: () => void): Promise<void> => {
        const logs = await Promise.all(
          ['0000', '0001'].map((name) => readFile(at(`out/${name}/log.jsonl`), 'utf8').catch(() => '')),
        );
        if (logs.every((log) => log.includes('"event":"update"'))) return kill();
        await new Promise((resolve) => setTimeout(resolve, 20));
        return interrupt(kill);
      };
      let watching = false;
      const { code, signal, stdout, stderr } = await watched(program, args, folder, (_, kill) => {
        if (!watching) void interrupt(() => kill('SIGINT'));
        watching = true;
      });
      expect([code, signal, stderr]).toEqual([0, null, '']);
      expect(stdout).toContain('stopping');
      expect(stdout).toContain('the same command goes on with the others');
      const before = await results();
      expect(before.length).toBeLessThan(3);
      for (const name of ['0000', '0001']) {
        if (before.includes(`${name}.result.json`)) continue;
        expect(stdout).toContain(`${name}: its state is saved`);
        expect(await readdir(at(`out/${name}/checkpoints`))).not.toEqual([]);
      }
      expect(await readdir(at('out'))).not.toContain('0002');

      const rest = await bash(program, [`steadyformer ${args.join(' ')}`], folder);
      expect([rest.code, rest.stderr]).toEqual([0, '']);
      expect(rest.stdout).toContain('3 of 3 runs have a result');
      const whole = await bash(
        program,
        [
          'steadyformer sweep plan config.json -o whole --grid seed=1',
          'steadyformer sweep run whole --index 0',
        ],
        folder,
      );
      expect([whole.code, whole.stderr]).toEqual([0, '']);
      expect(await numbersOf('out/0000.result.json')).toEqual(await numbersOf('whole/0000.result.json'));
    },
    LONG,
  );

  it(
    'takes divergence for a result, and a run that fails does not keep the others from theirs',
    async () => {
      // Eight features cannot be split between three heads.
      await plan("--grid 'optimizer.peak=0.01,1e30' --grid model.heads=3,2");
      const { code, stdout, stderr } = await bash(
        program,
        ['steadyformer sweep run out --all --parallel 2'],
        folder,
      );
      expect(code).toBe(2);
      expect(stderr.split('\n').filter((line) => line.startsWith('error: '))).toHaveLength(2);
      expect(stderr).toMatch(/^error: run 0000: .*heads.*$/m);
      expect(stdout).toContain('2 of 4 runs have a result');
      expect(await results()).toEqual(['0001.result.json', '0003.result.json']);
      expect(await readJson('out/0001.result.json')).toMatchObject({ ending: 'done', updates: 30 });
      expect(await readJson('out/0003.result.json')).toMatchObject({ ending: 'diverged' });
      const table = await bash(program, ['steadyformer sweep collect out --format csv'], folder);
      expect(table.stdout).toMatch(/^0003,1e\+30,2,diverged,/m);
    },
    LONG,
  );
});
