import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { curvesFigure } from '@steadyformer/analysis';
import * as v from 'valibot';
import { beforeEach, expect, it } from 'vitest';
import { toyRuns } from '../../testing/toyRuns';
import { experiment } from './experiment';
import { grid, type Item } from './item';
import { readResult } from './results';
import { judge, shown } from './statistics';

const point = v.object({ update: v.number(), value: v.number() });
type Point = v.InferOutput<typeof point>;

const runs = toyRuns();
/** Key of the cell that fails, as one does whose process is killed. */
let fails: string | undefined;

const item = (version = 1, slope = 2): Item => {
  const made: Item<{ readonly slope: number }, Point> = {
    name: 'toy',
    paper: 'Figure 0',
    states: 'values grow',
    version,
    presets: { small: { slope }, paper: { slope: 3 }, minute: { slope: 1 } },
    seeds: { small: 3, paper: 3, minute: 2 },
    point,
    corpora: ({ slope }) => (slope === 3 ? ['wmt14-en-de'] : []),
    cells: (_, seeds) => grid({ seed: seeds }),
    run: async ({ key, values }, { size }) => {
      runs.ran.push(key);
      if (key === fails) throw new Error('killed');
      const seed = Number(values.seed);
      return [{ update: seed, value: size.slope * seed }];
    },
    verdict: (points) => {
      const values = points.map(({ value }) => value);
      return [
        { claim: 'above 0', word: judge(values, { above: 0 }, { below: 0 }), found: shown(values) },
        { claim: 'below 0', word: judge(values, { below: -9 }, { above: -9 }), found: shown(values) },
      ];
    },
    figure: (points) => curvesFigure({ toy: points }),
  };
  return made;
};

const { options } = runs;

beforeEach(() => {
  fails = undefined;
});

it('runs every cell, and writes points, verdict and picture with what they depend on', async () => {
  const result = await experiment(item(), options());
  expect(runs.ran).toEqual(['seed-1', 'seed-2', 'seed-3']);
  const read = await readResult(item(), 'small', { folder: join(runs.folder, 'results') });
  expect(read).toEqual(result);
  expect(read).toMatchObject({
    preset: 'small',
    seeds: [1, 2, 3],
    command: 'npm run experiment -- toy',
    points: [2, 4, 6].map((value, i) => ({ update: i + 1, value })),
    verdict: {
      // Half of the interval of 2, 4, 6 is 4.303 * 2 / sqrt(3): it reaches below 0 and not to -9.
      word: 'disagrees',
      claims: [
        { claim: 'above 0', word: 'cannot tell', found: '4 (-0.968 to 8.97, 3 runs)' },
        { claim: 'below 0', word: 'disagrees' },
      ],
    },
  });
  expect(read!.provenance.commit).toMatch(/^[0-9a-f]{12}\+?$|^unknown$/);
  expect(read!.provenance.packages['@steadyformer/core']).toMatch(/^\d/);
  expect(read!.backend).not.toBe('');
  expect(Date.parse(read!.date)).toBeGreaterThan(Date.now() - 600_000);
  expect(await readFile(join(runs.folder, 'results/toy.svg'), 'utf8')).toContain('<svg');
});

it('goes on after a kill with the cells that are left, once it is told to', async () => {
  fails = 'seed-2';
  await expect(experiment(item(), options())).rejects.toThrow('killed');
  fails = undefined;
  await expect(experiment(item(), options())).rejects.toThrow(
    /holds cells of a run that was ended. --resume goes on with them, --force begins anew/,
  );
  runs.ran.length = 0;
  const result = await experiment(item(), options({ resume: true }));
  expect(runs.ran).toEqual(['seed-2', 'seed-3']);
  expect(result!.points).toHaveLength(3);
  runs.ran.length = 0;
  await experiment(item(), options());
  expect(runs.ran).toEqual(['seed-1', 'seed-2', 'seed-3']);
});

it('takes no cells of another version, other sizes or other seeds, unless asked', async () => {
  fails = 'seed-2';
  await expect(experiment(item(), options())).rejects.toThrow('killed');
  fails = undefined;
  const resume = options({ resume: true });
  await expect(experiment(item(2), resume)).rejects.toThrow('are of version 1 of the item, now 2');
  await expect(experiment(item(), { ...resume, seeds: 2 })).rejects.toThrow('are of seeds 1, 2, 3, now 1, 2');
  runs.ran.length = 0;
  await experiment(item(2), { ...resume, force: true });
  expect(runs.ran).toEqual(['seed-2', 'seed-3']);
});

it('reads no result of another version, unless asked, and none that is damaged', async () => {
  await experiment(item(), options());
  const results = join(runs.folder, 'results');
  await expect(readResult(item(2), 'small', { folder: results })).rejects.toThrow(
    'of version 1, now 2. Make it anew, npm run experiment -- toy, or take it all the same with --redraw --force.',
  );
  await expect(experiment(item(2), options({ redraw: true }))).rejects.toThrow('of version 1, now 2');
  await expect(readResult(item(1, 4), 'small', { folder: results })).rejects.toThrow(
    'of other sizes than the preset has now',
  );
  const redrawn = await experiment(item(2), options({ redraw: true, force: true }));
  expect(redrawn!.version).toBe(2);
  const path = join(results, 'toy.json');
  await writeFile(path, (await readFile(path, 'utf8')).replace('"value":4', '"value":"4"'));
  await expect(readResult(item(2), 'small', { folder: results })).rejects.toThrow(
    'points that are none of toy (1.value',
  );
  await writeFile(path, '{');
  await expect(readResult(item(2), 'small', { folder: results })).rejects.toThrow(
    'damaged, or of another version',
  );
});

it('says in a dry run what would run and what is missing, and without, how to make what is missing', async () => {
  const before = process.env.STEADYFORMER_CORPORA;
  process.env.STEADYFORMER_CORPORA = join(runs.folder, 'none');
  try {
    const said: string[] = [];
    const paper = options({ preset: 'paper', log: (line) => said.push(line) });
    expect(await experiment(item(), { ...paper, dryRun: true })).toBeUndefined();
    expect(said.join('\n')).toMatch(
      /cells {6}3, 1 at a time: seed-1 seed-2 seed-3\nmissing {4}corpus 'wmt14-en-de'/,
    );
    await expect(experiment(item(), paper)).rejects.toThrow(/train\.en is not there\. Put train\.en/);
    expect([runs.ran, existsSync(join(runs.folder, 'runs'))]).toEqual([[], false]);
  } finally {
    if (before === undefined) delete process.env.STEADYFORMER_CORPORA;
    else process.env.STEADYFORMER_CORPORA = before;
  }
});
