import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockRun } from './runLock';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steadyformer-run-'));
});
afterEach(() => rm(folder, { recursive: true }));

const claim = (pid: number, start: string, host: string): string =>
  `run.lock.${pid}.${start}.0123456789abcdef.${host}`;

describe('lockRun', () => {
  it('makes the folder, keeps a second run of the same process out at once, and lets it in after release', async () => {
    const run = join(folder, 'runs', 'one');
    const before = Date.now();
    const lock = await lockRun(run);
    const [name] = await readdir(run);
    const refused = await lockRun(run).catch((error: Error) => error.message);
    const since = /, since (\S+)\. /.exec(String(refused))?.[1] ?? '';
    expect(Date.parse(since)).toBeGreaterThanOrEqual(before);
    expect(Date.parse(since)).toBeLessThanOrEqual(Date.now());
    expect(refused).toBe(
      `another run is at work in '${run}': process ${process.pid} on ${hostname()}, since ${since}. ` +
        `Wait for it, stop it, or name another folder; where it is gone, delete ${name} in that folder.`,
    );
    expect(Date.now() - before).toBeLessThan(5000);
    await lock.release();
    await lock.release();
    expect(await readdir(run)).toEqual([]);
    const again = await lockRun(run);
    // The first one's release is not the second one's.
    await lock.release();
    expect(await readdir(run)).toHaveLength(1);
    await again.release();
  });

  it.runIf(process.platform === 'linux')(
    'takes over from a process whose number another has now',
    async () => {
      await writeFile(join(folder, claim(process.ppid, '1', hostname())), '2026-01-02T03:04:05.678Z\n');
      const lock = await lockRun(folder);
      expect(await readdir(folder)).toEqual([
        expect.stringMatching(new RegExp(`^run\\.lock\\.${process.pid}\\.`)),
      ]);
      await lock.release();
    },
  );

  it('takes over from another machine only what has not been renewed for long', async () => {
    const path = join(folder, claim(7, '1', 'another-machine'));
    await writeFile(path, '2026-01-02T03:04:05.678Z\n');
    await expect(lockRun(folder)).rejects.toThrow(
      'process 7 on another-machine, since 2026-01-02T03:04:05.678Z. Wait',
    );
    const nineMinutes = new Date(Date.now() - 9 * 60_000);
    await utimes(path, nineMinutes, nineMinutes);
    await expect(lockRun(folder)).rejects.toThrow('process 7 on another-machine');
    const elevenMinutes = new Date(Date.now() - 11 * 60_000);
    await utimes(path, elevenMinutes, elevenMinutes);
    await (await lockRun(folder)).release();
    expect(await readdir(folder)).toEqual([]);
  });

  it('leaves other files of the folder alone, and says what is wrong with the folder', async () => {
    for (const name of ['run.json', 'run.lock', 'run.lock.notes', 'checkpoint.lock.1.1.0123456789abcdef.x'])
      await writeFile(join(folder, name), '');
    await (await lockRun(folder)).release();
    expect(await readdir(folder)).toHaveLength(4);
    await expect(lockRun(join(folder, 'run.json'))).rejects.toThrow(
      /^no run can be written to '.*run\.json' \(EEXIST\)\. Name a folder/,
    );
    await expect(lockRun('')).rejects.toThrow("lockRun() folder: received '', allowed the path of a folder");
    await expect(lockRun(3 as never)).rejects.toThrow('lockRun() folder: received 3');
  });
});
