import { mkdtempSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { smallCheckpoint } from '../fixtures/smallCheckpoint';
import { CheckpointSeries, type CheckpointSeriesOptions } from './checkpointSeries';

const root = mkdtempSync(join(tmpdir(), 'steadyformer-series-damage-'));
afterAll(() => rmSync(root, { recursive: true }));

let run = 0;
let path = '';
beforeEach(() => {
  path = join(root, `run${run++}`);
});

const series = (options?: CheckpointSeriesOptions): CheckpointSeries => new CheckpointSeries(path, options);
const folder = (updates: number): string => join(path, `update-${String(updates).padStart(8, '0')}`);
const updatesIn = async (of: CheckpointSeries): Promise<number[]> =>
  (await of.list()).map(({ updates }) => updates);
it('counts regular ones alone; another stays while it is the newest', async () => {
  const mine = () => series({ keep: 2, keepEvery: 20, regular: (updates) => updates % 10 === 0 });
  const kept: number[][] = [];
  for (const updates of [10, 20, 21, 23, 30, 31, 40, 41, 42]) {
    await mine().save(smallCheckpoint(updates));
    kept.push(await updatesIn(mine()));
  }
  expect(kept).toEqual([
    [10],
    [10, 20],
    [10, 20, 21],
    [10, 20, 23],
    [20, 30],
    [20, 30, 31],
    [20, 30, 40],
    [20, 30, 40, 41],
    [20, 30, 40, 42],
  ]);
});

it.each<readonly [string, (path: string) => void]>([
  ['cut off', (path) => truncateSync(path, 40)],
  ['empty', (path) => truncateSync(path, 0)],
  ['gone', (path) => rmSync(path)],
])(
  'a damaged manifest (%s) is said as such, and set aside when its update is saved again',
  async (_, harm) => {
    for (const updates of [1, 2, 3]) await series({ keep: 3 }).save(smallCheckpoint(updates));
    harm(join(folder(3), 'checkpoint.json'));
    const model = readFileSync(join(folder(3), 'model.safetensors'));
    const latest = await series().latest();
    expect(latest).toMatchObject({ folder: folder(2), skipped: [{ folder: folder(3) }] });
    expect(latest!.skipped[0]!.reason).toMatch(/checkpoint\.json/u);
    expect(latest!.skipped[0]!.reason).not.toMatch(/saved to '/u);
    for (const number of [3, 4]) {
      await series({ keep: 3 }).save(smallCheckpoint(3, number));
      expect((await series().latest())!.checkpoint.parameters.w!.data[0]).toBe(number);
    }
    expect(readFileSync(join(`${folder(3)}.damaged`, 'model.safetensors'))).toEqual(model);
    expect(await updatesIn(series())).toEqual([1, 2, 3]);
  },
);

it('a damaged best one is named, with what to do', async () => {
  await series().save(smallCheckpoint(1), { metric: 2 });
  truncateSync(join(path, 'best', 'model.safetensors'), 20);
  await expect(series().best()).rejects.toThrow(
    /^the best checkpoint, '.*best', cannot be read: .*damaged.*Bring another copy, or move it elsewhere to go on without it\.$/u,
  );
  rmSync(join(path, 'best'), { recursive: true });
  expect(await series().best()).toBeUndefined();
});
