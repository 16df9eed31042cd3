import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withWriterLock } from './writerLock';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steadyformer-lock-'));
});
afterEach(() => rm(folder, { recursive: true }));

const claim = (pid: number, start: string, host = hostname()): string =>
  `checkpoint.lock.${pid}.${start}.0123456789abcdef.${host}`;

describe('withWriterLock', () => {
  it('lets one in at a time, gives back what the work gives, and leaves nothing', async () => {
    let inside = 0;
    const order: number[] = [];
    const work = async (i: number): Promise<number> => {
      expect(++inside).toBe(1);
      await new Promise((resolve) => setTimeout(resolve, 3));
      inside--;
      order.push(i);
      return i;
    };
    const numbers = Array.from({ length: 12 }, (_, i) => i);
    expect(await Promise.all(numbers.map((i) => withWriterLock(folder, () => work(i))))).toEqual(numbers);
    expect([...order].sort((a, b) => a - b)).toEqual(numbers);
    expect(await readdir(folder)).toEqual([]);
  });

  it('is given back where the work fails', async () => {
    const fail = () => Promise.reject(new Error('no space left'));
    await expect(withWriterLock(folder, fail)).rejects.toThrow('no space left');
    expect(await withWriterLock(folder, async () => readdir(folder))).toHaveLength(1);
    expect(await readdir(folder)).toEqual([]);
  });

  it('is not held up by a process that is dead, whose number another has, or by a machine that is gone', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await new Promise((resolve) => child.on('exit', resolve));
    const stale = [claim(child.pid!, '0'), claim(1, '999999999999999')];
    if (process.platform !== 'linux') stale.pop();
    const gone = claim(1, '0', 'another-machine');
    for (const name of [...stale, gone]) await writeFile(join(folder, name), '');
    const hour = new Date(Date.now() - 3_600_000);
    await utimes(join(folder, gone), hour, hour);
    expect(await withWriterLock(folder, async () => (await readdir(folder)).length)).toBe(1);
    expect(await readdir(folder)).toEqual([]);
  });

  it('waits for one that is at work, and then says who it is', async () => {
    for (const name of [claim(process.ppid, '0'), claim(1, '0', 'another-machine')]) {
      await writeFile(join(folder, name), '');
      const entering = withWriterLock(folder, async () => 'in', 60);
      await expect(entering).rejects.toThrow(
        /has been written to by process \d+ on .* Wait for it; where it is gone, delete checkpoint\.lock/,
      );
      const patient = withWriterLock(folder, async () => 'in', 5000);
      setTimeout(() => void rm(join(folder, name)), 40);
      expect(await patient).toBe('in');
    }
  });
});
