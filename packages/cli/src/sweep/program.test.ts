import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runConfig } from '@steadyformer/translate/node';
import { beforeEach, describe, expect, it } from 'vitest';
import { freshFolder, steadyformer } from '../../testing/command';
import { writeSweepConfig } from '../../testing/sweepConfig';
import type { Collected } from './collect';
import type { SweepResult } from './result';

const folder = freshFolder('sweep');
const at = (name: string): string => join(folder(), name);
const readJson = async <T>(name: string): Promise<T> => JSON.parse(await readFile(at(name), 'utf8'));

beforeEach(() => writeSweepConfig(at));

const plan = (...args: string[]) =>
  steadyformer('sweep', 'plan', at('config.json'), '-o', at('out'), ...args);

/** What bad input says: one line, exit code 2, no file more than before. */
const refused = async (...args: string[]): Promise<string> => {
  const before = (await readdir(folder(), { recursive: true })).sort();
  const { code, out, error } = await steadyformer('sweep', ...args);
  expect([code, out]).toEqual([2, '']);
  expect(error).toMatch(/^error: [^\n]*\n$/);
  expect((await readdir(folder(), { recursive: true })).sort()).toEqual(before);
  return error;
};

describe('steadyformer sweep plan', () => {
  it('writes the whole config of every combination, the last key varying fastest', async () => {
    const grid = [
      '--grid',
      'model.depth=1,{encoder: 2, decoder: 1}',
      '--grid',
      'seed=1,2',
      '--grid',
      'model.method=[]',
    ];
    const { code, out } = await plan(...grid.slice(0, 4), '--set', 'training.updates=3');
    expect([code, out]).toEqual([
      0,
      `planned     4 runs in ${at('out')}, 0 to 3\nNext: steadyformer sweep run ${at('out')} --all\n`,
    ]);
    expect((await readdir(at('out'))).sort()).toEqual([
      '0000.json',
      '0001.json',
      '0002.json',
      '0003.json',
      'sweep.json',
    ]);
    const deep = { encoder: 2, decoder: 1 };
    const sweep = await readJson<{ runs: unknown; grid: unknown }>('out/sweep.json');
    expect(sweep.grid).toEqual({ 'model.depth': [1, deep], seed: [1, 2] });
    expect(sweep.runs).toEqual([
      { name: '0000', values: { 'model.depth': 1, seed: 1 } },
      { name: '0001', values: { 'model.depth': 1, seed: 2 } },
      { name: '0002', values: { 'model.depth': deep, seed: 1 } },
      { name: '0003', values: { 'model.depth': deep, seed: 2 } },
    ]);
    const given = await readJson<Record<string, unknown>>('config.json');
    const expected = runConfig({
      ...given,
      seed: 2,
      output: at('out/0003'),
      model: { ...(given.model as object), depth: deep },
      training: { updates: 3 },
    });
    const written = await readJson<unknown>('out/0003.json');
    expect(written).toEqual(JSON.parse(JSON.stringify(expected)));
    // With the defaults of both kinds in it, it is a config still.
    expect(runConfig(written)).toEqual(expected);
  });

  it('refuses keys, values and folders that cannot be, and writes nothing', async () => {
    const say = (...args: string[]): Promise<string> =>
      refused('plan', at('config.json'), '-o', at('out'), ...args);
    expect(await say()).toContain('--grid: received none');
    expect(await say('--grid', 'model.dept=1,2')).toMatch(/--grid 'model\.dept=1,2'.*did you mean 'depth'/i);
    expect(await say('--grid', 'seed')).toContain('allowed KEY=VALUE,VALUE');
    expect(await say('--grid', 'seed=')).toContain('allowed KEY=VALUE,VALUE');
    expect(await say('--grid', 'seed=1,1')).toContain('the value 1 is there twice');
    expect(await say('--grid', 'seed=1,[2')).toMatch(/^error: --grid 'seed=1,\[2'/);
    expect(await say('--grid', 'seed=1', '--grid', 'seed=2')).toContain('give all its values at once');
    expect(await say('--grid', 'model.depth=1,2', '--grid', 'model.depth.encoder=3')).toContain(
      'set the same',
    );
    expect(await say('--grid', 'output=a,b')).toContain('leave output out');
    expect(await say('--grid', 'model.depth=1,0', '--grid', 'seed=7')).toMatch(
      /--grid model\.depth=0 seed=7: .*model\.depth: received 0/,
    );
    expect(await say('--grid', 'average.last=1,3')).toMatch(/average\.last=3: .*checkpoints\.keep/);
    const range = Array.from({ length: 150 }, (_, i) => i + 1).join(',');
    expect(await say('--grid', `seed=${range}`, '--grid', `training.updates=${range}`)).toContain(
      'makes 22500 runs',
    );
    expect(await refused('plan', at('config.json'), '-o', folder(), '--grid', 'seed=1')).toContain(
      'the folder is not empty',
    );
    expect(await refused('plan', at('none.yaml'), '-o', at('out'), '--grid', 'seed=1')).toContain(
      'none.yaml',
    );
    expect(await refused('plam')).toContain('Did you mean plan?');
  });
});

describe('steadyformer sweep run and collect', () => {
  const run = (index: number, ...args: string[]) =>
    steadyformer('sweep', 'run', at('out'), '--index', String(index), ...args);
  const collect = async (...args: string[]): Promise<string> =>
    (await steadyformer('sweep', 'collect', at('out'), ...args)).out;

  /** Untrained models translate without end: a sentence, and greedily, is enough. */
  const BLEU = [
    'validation.bleu=true',
    'validation.sentences=1',
    'validation.every=4',
    'decoding.beamSize=1',
  ].flatMap((set) => ['--set', set]);

  it('make each run once, and the table of them', async () => {
    await plan('--grid', 'model.method=postLN,preLN', '--grid', 'seed=1,2', ...BLEU);
    for (const index of [0, 1, 3]) expect((await run(index)).code).toBe(0);
    const first = await readJson<SweepResult>('out/0000.result.json');
    expect(first).toMatchObject({
      ending: 'done',
      updates: 4,
      bestUpdate: 4,
      values: { seed: 1 },
      test: null,
    });
    expect(first.perplexity).toBeGreaterThan(1);
    expect(first.bleu).toBeGreaterThanOrEqual(0);
    const again = await run(0);
    expect(again.out).toMatch(
      /^run {9}0000: model\.method postLN, seed 1\nwas there {3}done after update 4, loss /,
    );
    expect(await readJson('out/0000.result.json')).toEqual(first);

    const json = JSON.parse(await collect('--format', 'json')) as Collected;
    expect(json.keys).toEqual(['model.method', 'seed']);
    expect(json.runs.map(({ result }) => result?.ending)).toEqual(['done', 'done', undefined, 'done']);
    const losses = json.runs.map(({ result }) => result?.loss ?? Number.NaN);
    const [a, b] = losses as [number, number];
    expect(a).not.toBe(b);
    expect(json.means?.[0]).toMatchObject({
      values: { 'model.method': 'postLN' },
      planned: 2,
      ended: 2,
      diverged: 0,
    });
    expect(json.means?.[0]?.loss?.mean).toBeCloseTo((a + b) / 2, 12);
    // Of two values: half their distance times sqrt(2).
    expect(json.means?.[0]?.loss?.deviation).toBeCloseTo(Math.abs(a - b) / Math.SQRT2, 12);
    expect(json.means?.[1]).toMatchObject({
      planned: 2,
      ended: 1,
      loss: { mean: losses[3], deviation: null, runs: 1 },
    });

    const [head, , ...rows] = (await collect('--format', 'markdown')).split('\n');
    expect(head).toBe(
      '| run | model.method | seed | ending | updates | best at | loss | perplexity | BLEU |',
    );
    expect(rows[2]).toBe('| 0002 | preLN | 1 | - | - | - | - | - | - |');
    expect(rows.join('\n')).toMatch(
      /\n\n\| model\.method \| seeds \| ended \| diverged \| loss .*\n.*\n\| postLN \| 2 \| 2 \| 0 \| \S+ ± \S+ \|/,
    );
    const csv = (await collect('--format', 'csv')).split('\n');
    expect(csv[1]).toBe(`0000,postLN,1,done,4,4,${a},${first.perplexity},${first.bleu}`);
    expect(csv[3]).toBe('0002,preLN,1,,,,,,');
    const mean = (await collect('--format', 'csv', '--mean')).split('\n');
    expect(mean[0]).toMatch(/^model\.method,seeds,ended,diverged,loss,loss deviation,/);
    expect(await collect()).toContain('0001  postLN');
  });

  it('goes on in a folder that was moved, refuses what is no sweep, and results of another config', async () => {
    await plan('--grid', 'model.width=8,6');
    await run(0);
    await rename(at('out'), at('moved'));
    const moved = await steadyformer('sweep', 'run', at('moved'), '--index', '0');
    expect(moved.out).toContain('was there');
    expect(
      JSON.parse((await steadyformer('sweep', 'collect', at('moved'), '--format', 'json')).out).means,
    ).toBeNull();
    expect(await refused('collect', at('moved'), '--mean')).toContain('--mean: the seed is none of the keys');
    expect(await refused('run', at('moved'), '--index', '2')).toContain(
      '--index: received 2, allowed whole numbers from 0 to 1',
    );
    expect(await refused('run', at('moved'), '--index', '-1')).toContain('allowed: ');
    expect(await refused('run', at('moved'))).toContain('allowed one of --index I');
    expect(await refused('run', at('moved'), '--all', '--index', '0')).toContain('allowed one of --index I');
    expect(await refused('run', at('moved'), '--index', '0', '--parallel', '2')).toContain('with --all only');
    expect(await refused('run', at('none'), '--index', '0')).toMatch(/sweep\.json: .*sweep plan/);
    expect(await refused('collect', folder())).toMatch(/sweep\.json: .*sweep plan/);
    const config = await readFile(at('moved/0000.json'), 'utf8');
    await writeFile(at('moved/0000.json'), config.replace('"updates": 4', '"updates": 5'));
    expect(await refused('collect', at('moved'))).toContain('the result of another config than 0000.json');
    await writeFile(at('moved/0000.json'), config);
    await writeFile(at('moved/0000.result.json'), '{}');
    expect(await refused('collect', at('moved'))).toContain('no result of a sweep');
    await rm(at('moved/0001.json'));
    expect((await steadyformer('sweep', 'run', at('moved'), '--index', '1')).error).toContain('0001.json: ');
    await writeFile(at('moved/sweep.json'), '{"format":"steadyformer-sweep","version":2}');
    expect(await refused('collect', at('moved'))).toContain('no sweep of this version');
  });
});
