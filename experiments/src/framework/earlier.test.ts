import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { curvesFigure } from '@steadyformer/analysis';
import * as v from 'valibot';
import { expect, it } from 'vitest';
import { toyRuns } from '../../testing/toyRuns';
import { type ExperimentOptions, experiment } from './experiment';
import { grid, type Item } from './item';

const point = v.object({ name: v.string(), of: v.number(), value: v.number() });
type Point = v.InferOutput<typeof point>;

const runs = toyRuns();

/** Cells that depend on a number of each; those of the same number are kept. */
const item = (numbers: Readonly<Record<string, number>>, version = 1, kept = true): Item => {
  const made: Item<Readonly<Record<string, number>>, Point> = {
    name: 'toy',
    paper: 'Figure 0',
    states: 'values are there',
    version,
    presets: { small: numbers, paper: numbers, minute: numbers },
    seeds: { small: 1, paper: 1, minute: 1 },
    point,
    cells: (size) => grid({ name: Object.keys(size) }),
    ...(kept
      ? {
          kept: ({ values }, size, earlier) => {
            const own = earlier.find(({ name }) => name === values.name);
            return own?.of === size[String(values.name)] ? { points: [own!], seconds: 7 } : undefined;
          },
        }
      : {}),
    run: async ({ values }, { size }) => {
      const name = String(values.name);
      runs.ran.push(name);
      return [{ name, of: size[name]!, value: runs.ran.length }];
    },
    verdict: () => [],
    figure: () => curvesFigure({}),
    csv: async (points) => `name,of\n${points.map(({ name, of }) => `${name},${of}\n`).join('')}`,
  };
  return made;
};

const run = (it: Item, more: Partial<ExperimentOptions> = {}) => experiment(it, runs.options(more));

it('measures what is missing or has changed, and nothing else', async () => {
  await run(item({ a: 1, b: 2 }));
  expect(runs.ran).toEqual(['a', 'b']);
  runs.ran.length = 0;
  const result = await run(item({ a: 1, b: 3, c: 4 }));
  expect(runs.ran).toEqual(['b', 'c']);
  expect(result!.points).toMatchObject([
    { name: 'a', of: 1 },
    { name: 'b', of: 3 },
    { name: 'c', of: 4 },
  ]);
  expect(result!.seconds).toBeGreaterThanOrEqual(7);
  expect(await readFile(join(runs.folder, 'results/toy.csv'), 'utf8')).toBe('name,of\na,1\nb,3\nc,4\n');
});

it('keeps nothing of another version of the item, and nothing with --force', async () => {
  await run(item({ a: 1 }));
  await run(item({ a: 1 }, 2));
  await run(item({ a: 1 }, 2), { force: true });
  expect(runs.ran).toEqual(['a', 'a', 'a']);
});

it('measures the cells asked for, beside what is there of the others', async () => {
  await run(item({ a: 1, b: 2 }), { only: 'name-b' });
  expect(runs.ran).toEqual(['b']);
  const result = await run(item({ a: 1, b: 2, c: 3 }), { only: 'name-a' });
  expect(runs.ran).toEqual(['b', 'a']);
  expect(result!.points).toMatchObject([{ name: 'a' }, { name: 'b' }]);
  await expect(run(item({ a: 1 }, 1, false), { only: 'a' })).rejects.toThrow(
    '--only: toy measures all of its cells together',
  );
});
