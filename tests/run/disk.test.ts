import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CheckpointSeries } from '@steadyformer/translate/node';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fillDisk, makeRoom } from './fillDisk';
import { type Changes, config, filesOf, records, withText } from './folder';
import { errorOf, type Programs, programs, resultOf, start } from './process';
import type { RunOptions } from './run.entry';

const long = process.env.STEADYFORMER_LONG === '1';
const root = mkdtempSync(join(tmpdir(), 'steadyformer-disk-'));
const disk = join(root, 'disk');
/** A disk of one MiB in memory. */
const mount = (): boolean => {
  mkdirSync(disk);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk], { stdio: 'ignore' });
    return true;
  } catch {
    rmSync(disk, { recursive: true });
    return false;
  }
};
const mounted = mount();
afterAll(() => {
  if (mounted) execFileSync('umount', [disk]);
  rmSync(root, { recursive: true });
});

const whole = join(root, 'whole');
let run: Programs;
beforeAll(async () => {
  if (!mounted) return;
  run = await programs('disk');
  resultOf(await start(run, withText(whole), { config: config() }).ended);
});

describe.runIf(mounted)('on a disk that is full (where a test may mount one)', () => {
  beforeEach(() => void withText(disk));
  afterEach(() => {
    for (const name of readdirSync(disk)) rmSync(join(disk, name), { recursive: true });
  });

  type Full = Omit<NonNullable<RunOptions['fill']>, 'disk'>;

  const failing = async (full: Full, changes: Changes = {}): Promise<string> => {
    const ended = await start(run, disk, { config: config(changes), fill: { disk, ...full } }).ended;
    const message = errorOf(ended);
    expect(message).toMatch(FULL);
    return message;
  };

  const goesOn = async (): Promise<void> => {
    makeRoom(disk);
    expect(resultOf(await start(run, disk, { config: config() }).ended)).toMatchObject({ ending: 'done' });
    expect(await records(disk)).toEqual(await records(whole));
    expect(await filesOf(disk)).toEqual(await filesOf(whole));
  };

  const BLOCK = 4096;
  const FULL = /the disk is full|no space left on device/u;

  it('a save of a checkpoint: one line says so, the one before it is whole, and it goes on with room', async () => {
    const message = await failing({ at: 'update', update: 8, left: 3 * BLOCK });
    expect(message).toMatch(
      /^the checkpoint could not be saved to '.*run\/checkpoints\/update-00000009' \(the disk is full\); the one that was there is as it was\.$/u,
    );
    const folder = join(disk, 'run', 'checkpoints');
    const latest = await new CheckpointSeries(folder).latest();
    expect(latest).toMatchObject({ folder: join(folder, 'update-00000006'), skipped: [] });
    await goesOn();
  }, 120_000);

  it.each<readonly [string, Full, RegExp]>([
    ['the final model', { at: 'checkpoint', update: 11, left: BLOCK }, /saved to '.*run\/model'/u],
    [
      'the result',
      { at: 'test', left: 0 },
      /'run\/(?:result\.json|log\.jsonl|tensorboard.*)' cannot be written/u,
    ],
  ])(
    '%s: one line says so, and it goes on with room',
    async (_, full, message) => {
      expect(await failing(full)).toMatch(message);
      await goesOn();
    },
    120_000,
  );

  it('the log: one line says so', async () => {
    const changes = { training: { updates: 60 }, checkpoints: { every: 1000 }, validation: { every: 0 } };
    const message = await failing({ at: 'update', update: 2, left: 0 }, changes);
    expect(message).toMatch(
      /^the log 'run\/(?:log\.jsonl|tensorboard\/.*)' cannot be written \(the disk is full\)/u,
    );
    makeRoom(disk);
    const ended = await start(run, disk, { config: config(changes) }).ended;
    expect(resultOf(ended)).toMatchObject({ ending: 'done', update: 60 });
    expect((await records(disk)).length).toBe(60 + 1);
  }, 120_000);

  it(
    'from the very start, and with room for ever more: one line says so, and it goes on with room',
    async () => {
      fillDisk(disk, 0);
      const ended = await start(run, disk, { config: config() }).ended;
      expect(errorOf(ended)).toMatch(
        /^no run can be written to '.*run' \(the disk is full\)\. Name a folder/u,
      );
      expect(existsSync(join(disk, 'run'))).toBe(false);
      makeRoom(disk);
      let refused = 0;
      for (const blocks of long ? Array.from({ length: 40 }, (_, i) => i) : [1, 3, 8]) {
        const fill = { disk, at: 'backend', left: blocks * BLOCK };
        const stopped = await start(run, disk, { config: config(), fill }).ended;
        makeRoom(disk);
        // What earlier tries have written needs no room again.
        if (stopped.code === 0) break;
        expect(errorOf(stopped)).toMatch(FULL);
        refused++;
      }
      expect(refused).toBeGreaterThanOrEqual(long ? 8 : 3);
      await goesOn();
    },
    long ? 1_200_000 : 120_000,
  );
});

it.runIf(!mounted)('no disk can be mounted here: needs root on Linux', (context) => context.skip());
