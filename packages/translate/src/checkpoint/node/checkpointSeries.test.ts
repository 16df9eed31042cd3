import {
  existsSync,
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
import { smallCheckpoint } from '../fixtures/smallCheckpoint';
import { saveCheckpoint } from './checkpointFolder';
import { CheckpointSeries, type CheckpointSeriesOptions } from './checkpointSeries';

const root = mkdtempSync(join(tmpdir(), 'steadyformer-series-'));
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
const damage = (updates: number, file = 'optimizer.safetensors'): void =>
  truncateSync(join(folder(updates), file), readFileSync(join(folder(updates), file)).length - 1);

describe('what a series keeps', () => {
  it.each<readonly [CheckpointSeriesOptions, readonly number[], readonly number[]]>([
    [{}, [100, 200, 300, 400], [300, 400]],
    [{ keep: 1 }, [100, 200, 300, 400], [400]],
    [{ keep: 3 }, [0, 1, 2, 3, 4, 5], [3, 4, 5]],
    [{ keep: 1, keepEvery: 200 }, [100, 200, 300, 400, 500, 600, 700], [200, 400, 600, 700]],
    // Not at the multiples themselves: the first after each.
    [
      { keep: 1, keepEvery: 1000 },
      [300, 900, 1200, 1500, 1800, 2100, 2400, 4800, 4900],
      [1200, 2100, 4800, 4900],
    ],
    // In the order of numbers, not of letters.
    [{ keep: 2 }, [99_999_998, 99_999_999, 100_000_000], [99_999_999, 100_000_000]],
  ])('%j of %j: %j', async (options, saves, kept) => {
    // Every other save from a process of its own.
    let mine = series(options);
    for (const [i, updates] of saves.entries()) {
      if (i % 2 === 0) mine = series(options);
      expect(await mine.save(smallCheckpoint(updates))).toEqual({ folder: folder(updates), best: false });
    }
    expect(await updatesIn(mine)).toEqual(kept);
    expect(readdirSync(path).sort()).toEqual(kept.map((each) => folder(each).slice(path.length + 1)).sort());
    const latest = await mine.latest();
    expect(latest).toEqual({ checkpoint: expect.anything(), folder: folder(saves.at(-1)!), skipped: [] });
    expect(latest!.checkpoint.parameters).toEqual(smallCheckpoint(saves.at(-1)!).parameters);
    expect(latest!.checkpoint.training).toMatchObject(smallCheckpoint(saves.at(-1)!).training!);
  });

  it('keeps saves that are not awaited in their order', async () => {
    const mine = series({ keep: 2 });
    await Promise.all([1, 2, 3, 4, 5].map((updates) => mine.save(smallCheckpoint(updates))));
    expect(await updatesIn(mine)).toEqual([4, 5]);
  });

  it('leaves alone, and does not count, what it does not know', async () => {
    mkdirSync(join(path, 'update-7'), { recursive: true });
    mkdirSync(join(path, 'update-00000005.old'));
    mkdirSync(join(path, 'logs'));
    mkdirSync(folder(1));
    writeFileSync(join(folder(1), 'model.safetensors'), 'of another program');
    writeFileSync(folder(6), 'a file');
    const mine = series({ keep: 1 });
    await mine.save(smallCheckpoint(2));
    writeFileSync(join(folder(2), 'notes.txt'), 'mine');
    for (const updates of [3, 4]) await mine.save(smallCheckpoint(updates));
    expect(readdirSync(path).sort()).toEqual(
      ['logs', 'update-00000001', 'update-00000002', 'update-00000004', 'update-00000005.old']
        .concat('update-00000006', 'update-7')
        .sort(),
    );
    expect(readFileSync(join(folder(1), 'model.safetensors'), 'utf8')).toBe('of another program');
    expect(readFileSync(join(folder(2), 'notes.txt'), 'utf8')).toBe('mine');
    expect(await updatesIn(mine)).toEqual([2, 4]);
    expect(await mine.latest()).toMatchObject({ folder: folder(4), skipped: [] });
  });

  it('has nothing before the first save', async () => {
    expect([await series().latest(), await series().best(), await series().list()]).toEqual([
      undefined,
      undefined,
      [],
    ]);
    expect(existsSync(path)).toBe(false);
  });
});

describe('the best', () => {
  it.each([
    ['lower', [5, 3, 4, 3, 6], 2, 3],
    ['higher', [5, 8, 4, 8, 6], 2, 8],
  ] as const)('of which %s is better stays though old', async (better, metrics, updates, metric) => {
    const best: boolean[] = [];
    for (const [i, each] of metrics.entries()) {
      best.push((await series({ keep: 1, better }).save(smallCheckpoint(i + 1), { metric: each })).best);
    }
    // An equal one does not take its place.
    expect(best).toEqual([true, true, false, false, false]);
    await series({ keep: 1, better }).save(smallCheckpoint(9));
    const found = await series({ better }).best();
    expect(found).toMatchObject({ folder: join(path, 'best'), metric });
    expect(found!.checkpoint.training!.optimizer.updates).toBe(updates);
    expect(await updatesIn(series())).toEqual([9]);
    expect(readdirSync(path).sort()).toEqual(['best', 'best.json', 'update-00000009']);
  });

  it('is known where the process was stopped between its record and its checkpoint', async () => {
    await series().save(smallCheckpoint(1), { metric: 5 });
    const scores = [
      { updates: 1, metric: 5 },
      { updates: 2, metric: 4 },
    ];
    writeFileSync(join(path, 'best.json'), JSON.stringify({ better: 'lower', scores }));
    expect(await series().best()).toMatchObject({ metric: 5 });
    await saveCheckpoint(join(path, 'best'), smallCheckpoint(2));
    expect(await series().best()).toMatchObject({ metric: 4 });
  });

  it('is not confused with another: the checkpoint is saved, and the message says what to do', async () => {
    await series().save(smallCheckpoint(1), { metric: 5 });
    await expect(series({ better: 'higher' }).best()).rejects.toThrow(
      "say better: 'lower', or move best and",
    );
    writeFileSync(join(path, 'best.json'), '{');
    await expect(series().save(smallCheckpoint(2), { metric: 4 })).rejects.toThrow(
      'is no JSON that can be read. Move it',
    );
    expect(await updatesIn(series())).toEqual([1, 2]);
    writeFileSync(join(path, 'best.json'), '{"better":"lower","scores":[{"updates":1,"metric":"5"}]}');
    await expect(series().best()).rejects.toThrow("best.json.scores[0].metric: received '5'");
    rmSync(join(path, 'best.json'));
    await expect(series().best()).rejects.toThrow('is not known from best.json');
  });
});

describe('damage', () => {
  it.each(['model.safetensors', 'optimizer.safetensors', 'checkpoint.json'])(
    'of %s of the newest: the one before it is taken, and it is said',
    async (file) => {
      for (const updates of [1, 2, 3]) await series({ keep: 3 }).save(smallCheckpoint(updates));
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
    for (const updates of [10, 20, 30]) await series({ keep: 3 }).save(smallCheckpoint(updates));
    damage(30);
    await series({ keep: 1 }).save(smallCheckpoint(25));
    // Of 25 and the damaged 30, of which 25 is the one.
    expect((await series().latest())!.folder).toBe(folder(25));
    await series({ keep: 2 }).save(smallCheckpoint(40));
    expect(readdirSync(path).sort()).toEqual(['update-00000025', 'update-00000030', 'update-00000040']);
    await series({ keep: 2 }).save(smallCheckpoint(50));
    expect(await updatesIn(series())).toEqual([40, 50]);
  });

  it('a folder that is named by other updates than it holds is none', async () => {
    await series().save(smallCheckpoint(1));
    await saveCheckpoint(folder(2), smallCheckpoint(1));
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
    await series().save(smallCheckpoint(2));
    mkdirSync(`${folder(1)}.removed`);
    writeFileSync(join(`${folder(1)}.removed`, 'optimizer.safetensors'), 'half deleted');
    mkdirSync(folder(9));
    expect(await series().latest()).toMatchObject({ folder: folder(2), skipped: [] });
    for (const updates of [3, 4]) await series({ keep: 2 }).save(smallCheckpoint(updates));
    expect(readdirSync(path).sort()).toEqual(['update-00000003', 'update-00000004', 'update-00000009']);
  });

  it('and a save that fails delete nothing', async () => {
    for (const updates of [1, 2]) await series().save(smallCheckpoint(updates));
    const torn = { ...smallCheckpoint(3), parameters: { w: { shape: [3], data: Float32Array.of(1) } } };
    await expect(series({ keep: 1 }).save(torn)).rejects.toThrow("tensor 'w'");
    expect(readdirSync(path).sort()).toEqual(['update-00000001', 'update-00000002']);
  });
});

describe('what is refused, with nothing changed', () => {
  it.each<readonly [string, unknown, unknown]>([
    ["CheckpointSeries folder: received ''", '', {}],
    ['CheckpointSeries folder: received undefined', undefined, {}],
    ['CheckpointSeries keep: received 0, allowed whole numbers >= 1', 'x', { keep: 0 }],
    ['CheckpointSeries keepEvery: received 1.5, allowed whole numbers >= 1', 'x', { keepEvery: 1.5 }],
    ["CheckpointSeries better: received 'less', allowed 'lower', 'higher'", 'x', { better: 'less' }],
    ["CheckpointSeries: unknown option 'keeps', did you mean 'keep'?", 'x', { keeps: 1 }],
    ['CheckpointSeries: received null, allowed an object of keep, keepEvery, regular, better', 'x', null],
  ])('%s', (message, where, options) => {
    expect(() => new CheckpointSeries(where as never, options as never)).toThrow(message);
  });

  it('a save of less than a checkpoint, of a metric that is no number, or of updates that are past', async () => {
    const { training: _, ...forUse } = smallCheckpoint(1);
    await expect(series().save(forUse)).rejects.toThrow("received a checkpoint without 'training'");
    await expect(series().save(undefined as never)).rejects.toThrow('checkpoint: received undefined');
    const nan = { metric: Number.NaN };
    await expect(series().save(smallCheckpoint(1), nan)).rejects.toThrow(
      'save() metric: received NaN, allowed finite',
    );
    await expect(series().save(smallCheckpoint(1), { metrik: 1 } as never)).rejects.toThrow(
      "did you mean 'metric'?",
    );
    expect(existsSync(path)).toBe(false);
    await series().save(smallCheckpoint(5));
    await expect(series().save(smallCheckpoint(4))).rejects.toThrow(
      /received update 4, but '.*update-00000005' is later\. Go on from it, name another folder, or/,
    );
    expect(await updatesIn(series())).toEqual([5]);
    await series().save(smallCheckpoint(5, 6));
    expect((await series().latest())!.checkpoint.parameters.w!.data).toEqual(Float32Array.of(6, 6));
  });
});
