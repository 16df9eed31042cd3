import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { trainBpe } from '../../subwords/trainBpe';
import type { Checkpoint } from '../checkpoint';
import { saveCheckpoint } from './checkpointFolder';
import { CheckpointSeries, type CheckpointSeriesOptions } from './checkpointSeries';

const root = mkdtempSync(join(tmpdir(), 'steadyformer-series-'));
afterAll(() => rmSync(root, { recursive: true }));

let run = 0;
let path = '';
beforeEach(() => {
  path = join(root, `run${run++}`);
});

const vocabulary = trainBpe(['a small test'], { merges: 2 });
const make = (updates: number, number = updates): Checkpoint => ({
  config: { vocabulary: vocabulary.size } as never,
  vocabulary,
  parameters: { w: { shape: [2], data: Float32Array.of(number, number) } },
  training: {
    rule: { name: 'radam' },
    position: { epoch: 0, index: updates },
    optimizer: { updates, m: Float32Array.of(number), v: Float32Array.of(number) },
  },
});

const series = (options?: CheckpointSeriesOptions): CheckpointSeries => new CheckpointSeries(path, options);
const folder = (updates: number): string => join(path, `update-${String(updates).padStart(8, '0')}`);
const updatesIn = async (of: CheckpointSeries): Promise<number[]> =>
  (await of.list()).map(({ updates }) => updates);
const damage = (updates: number, file = 'optimizer.safetensors'): void =>
  truncateSync(join(folder(updates), file), readFileSync(join(folder(updates), file)).length - 1);

describe('damage', () => {
  it.each(['model.safetensors', 'optimizer.safetensors', 'checkpoint.json'])(
    'of %s of the newest: the one before it is taken, and it is said',
    async (file) => {
      for (const updates of [1, 2, 3]) await series({ keep: 3 }).save(make(updates));
      damage(3, file);
      const latest = await series().latest();
      expect(latest!.checkpoint.training!.optimizer.updates).toBe(2);
      expect(latest).toMatchObject({ folder: folder(2), skipped: [{ folder: folder(3) }] });
      expect(latest!.skipped[0]!.reason).toMatch(file === 'checkpoint.json' ? file : `${file} is damaged`);
      damage(2);
      expect((await series().latest())!.skipped.map((each) => each.folder)).toEqual([folder(3), folder(2)]);
      damage(1);
      await expect(series().latest()).rejects.toThrow(/can be read, of 3; the newest, .*update-00000003: /);
    },
  );

  it('takes the place of no good one, and a run that goes on from before it is not in its way', async () => {
    for (const updates of [10, 20, 30]) await series({ keep: 3 }).save(make(updates));
    damage(30);
    await series({ keep: 1 }).save(make(25));
    // Of 25 and the damaged 30, of which 25 is the one.
    expect((await series().latest())!.folder).toBe(folder(25));
    await series({ keep: 2 }).save(make(40));
    expect(readdirSync(path).sort()).toEqual(['update-00000025', 'update-00000030', 'update-00000040']);
    await series({ keep: 2 }).save(make(50));
    expect(await updatesIn(series())).toEqual([40, 50]);
  });

  it.each<readonly [string, (path: string) => void]>([
    ['cut off', (path) => truncateSync(path, 40)],
    ['empty', (path) => truncateSync(path, 0)],
    ['gone', (path) => rmSync(path)],
  ])('of the manifest (%s): said as such, and set aside when its update is saved again', async (_, harm) => {
    for (const updates of [1, 2, 3]) await series({ keep: 3 }).save(make(updates));
    harm(join(folder(3), 'checkpoint.json'));
    const model = readFileSync(join(folder(3), 'model.safetensors'));
    const latest = await series().latest();
    expect(latest).toMatchObject({ folder: folder(2), skipped: [{ folder: folder(3) }] });
    expect(latest!.skipped[0]!.reason).toMatch(/checkpoint\.json/u);
    expect(latest!.skipped[0]!.reason).not.toMatch(/saved to '/u);
    for (const number of [3, 4]) {
      await series({ keep: 3 }).save(make(3, number));
      expect((await series().latest())!.checkpoint.parameters.w!.data[0]).toBe(number);
    }
    expect(readFileSync(join(`${folder(3)}.damaged`, 'model.safetensors'))).toEqual(model);
    expect(await updatesIn(series())).toEqual([1, 2, 3]);
  });

  it('of the best one: which it is, and what to do', async () => {
    await series().save(make(1), { metric: 2 });
    truncateSync(join(path, 'best', 'model.safetensors'), 20);
    await expect(series().best()).rejects.toThrow(
      /^the best checkpoint, '.*best', cannot be read: .*damaged.*Bring another copy, or move it elsewhere to go on without it\.$/u,
    );
    rmSync(join(path, 'best'), { recursive: true });
    expect(await series().best()).toBeUndefined();
  });

  it('a folder that is named by other updates than it holds is none', async () => {
    await series().save(make(1));
    await saveCheckpoint(folder(2), make(1));
    expect(await updatesIn(series())).toEqual([1]);
    const skipped = [
      { folder: folder(2), reason: expect.stringContaining('holds the checkpoint of update 1') },
    ];
    expect(await series().latest()).toMatchObject({ folder: folder(1), skipped });
  });
});

describe('a stopped process', () => {
  it('leaves no checkpoint, of which nothing is said, and nothing that stays', async () => {
    mkdirSync(folder(1), { recursive: true });
    writeFileSync(join(folder(1), 'model.safetensors.0123456789abcdef'), 'half');
    expect(await series().latest()).toBeUndefined();
    await series().save(make(2));
    mkdirSync(`${folder(1)}.removed`);
    writeFileSync(join(`${folder(1)}.removed`, 'optimizer.safetensors'), 'half deleted');
    mkdirSync(folder(9));
    expect(await series().latest()).toMatchObject({ folder: folder(2), skipped: [] });
    for (const updates of [3, 4]) await series({ keep: 2 }).save(make(updates));
    expect(readdirSync(path).sort()).toEqual(['update-00000003', 'update-00000004', 'update-00000009']);
  });

  it('and a save that fails delete nothing', async () => {
    for (const updates of [1, 2]) await series().save(make(updates));
    const torn = { ...make(3), parameters: { w: { shape: [3], data: Float32Array.of(1) } } };
    await expect(series({ keep: 1 }).save(torn)).rejects.toThrow("tensor 'w'");
    expect(readdirSync(path).sort()).toEqual(['update-00000001', 'update-00000002']);
  });
});
