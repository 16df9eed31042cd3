import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { freshFolder, type Said, steadyformer } from '../../testing/command';
import { writeSweepConfig } from '../../testing/sweepConfig';
import { main } from '../main/main';
import { ARRAY_VARIABLES } from './arrayIndex';

const folder = freshFolder('sweep-array');
const at = (name: string): string => join(folder(), name);
const sweep = (...args: string[]): Promise<Said> => steadyformer('sweep', ...args);
/** Three runs. */
const plan = (...args: string[]): Promise<Said> =>
  sweep('plan', at('config.json'), '-o', at('out'), '--grid', 'seed=1,2,3', ...args);

beforeEach(async () => {
  // Of the machine that the tests are on, which may itself be a cluster's.
  for (const { name } of ARRAY_VARIABLES) vi.stubEnv(name, '');
  await writeSweepConfig(at);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('a task of an array job', () => {
  it('makes the run of its index, and what it did not make is left', async () => {
    await plan();
    expect((await sweep('left', at('out'))).out).toBe('0-2\n');
    vi.stubEnv('SGE_TASK_ID', '2');
    const { code, out } = await sweep('run', at('out'));
    expect(code).toBe(0);
    expect(out).toContain('0001: seed 2');
    expect((await readdir(at('out'))).filter((name) => name.endsWith('.result.json'))).toEqual([
      '0001.result.json',
    ]);
    expect((await sweep('left', at('out'))).out).toBe('0,2\n');
    expect((await sweep('left', at('out'), '--lines')).out).toBe('0\n2\n');
    // What is named comes first.
    expect((await sweep('run', at('out'), '--index', '0')).out).toContain('0000: seed 1');
    expect((await sweep('run', at('out'), '--all', '--quiet')).error).not.toContain('SGE_TASK_ID');
  });

  it('refuses an index of no run, by the name of its variable, and ranks that make several runs', async () => {
    await plan();
    const before = await readdir(at('out'));
    vi.stubEnv('JOB_COMPLETION_INDEX', '3');
    expect(await sweep('run', at('out'))).toEqual({
      code: 2,
      out: '',
      error: 'error: JOB_COMPLETION_INDEX: received run 3, allowed whole numbers from 0 to 2\n',
    });
    vi.stubEnv('SLURM_ARRAY_TASK_ID', '0');
    expect((await sweep('run', at('out'))).error).toContain('received both SLURM_ARRAY_TASK_ID=0 and');
    vi.unstubAllEnvs();
    vi.stubEnv('OMPI_COMM_WORLD_RANK', '0');
    vi.stubEnv('OMPI_COMM_WORLD_SIZE', '2');
    expect(await sweep('run', at('out'), '--all')).toMatchObject({
      code: 2,
      error: expect.stringMatching(/^error: sweep run --all: received several ranks, allowed one process/),
    });
    expect(await readdir(at('out'))).toEqual(before);
  });

  it('that is stopped asks its scheduler for another try, with 75, and goes on in it', async () => {
    await plan('--set', 'training.updates=40', '--set', 'log.every=1');
    vi.stubEnv('SLURM_ARRAY_TASK_ID', '0');
    let out = '';
    const code = await main(['sweep', 'run', at('out')], {
      out: (text) => {
        out += text;
        if (text.includes('update 3')) process.emit('SIGTERM', 'SIGTERM');
      },
      error: () => {},
    });
    expect([code, out]).toEqual([75, expect.stringContaining('the same command goes on from there')]);
    const again = await sweep('run', at('out'));
    expect([again.code, again.error]).toEqual([0, '']);
    const { updates } = JSON.parse(await readFile(at('out/0000.result.json'), 'utf8'));
    expect(updates).toBe(40);
  });
});

describe('steadyformer sweep job', () => {
  it('prints what each engine is given, for the runs that are left', async () => {
    await plan();
    await sweep('run', at('out'), '--index', '1');
    const slurm = await sweep('job', 'slurm', at('out'), '--cpus', '2', '--hours', '0.5', '--parallel', '7');
    expect(slurm.out).toMatch(/^#SBATCH --array=0,2%7$/m);
    expect(slurm.out).toMatch(/^#SBATCH --cpus-per-task=2$/m);
    expect(slurm.out).toContain(`srun node_modules/.bin/steadyformer sweep run ${at('out')} --quiet\n`);
    expect((await sweep('job', 'parallel', at('out'))).out).toContain(`sweep left ${at('out')} --lines`);
    const kubernetes = await sweep('job', 'kubernetes', at('out'));
    expect([kubernetes.code, kubernetes.out]).toEqual([2, '']);
    expect(kubernetes.error).toMatch(/^error: sweep job kubernetes: received the folder [^\n]+\n$/);
    expect((await sweep('job', 'slurn', at('out'))).error).toContain('Did you mean slurm?');
    expect((await sweep('job', 'parallel', at('out'), '--hours', '1')).error).toContain('--hours');
    for (const index of ['0', '2']) await sweep('run', at('out'), '--index', index);
    expect((await sweep('job', 'slurm', at('out'))).error).toContain('every run has a result');
    expect((await sweep('left', at('out'))).out).toBe('');
  });
});
