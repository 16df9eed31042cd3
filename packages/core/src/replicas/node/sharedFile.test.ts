import { fstatSync, readdirSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { noise } from '../../../testing/numbers';
import { SharedFile } from './sharedFile';

vi.mock('node:fs', async (original) => {
  const fs = await original<typeof import('node:fs')>();
  return { ...fs, statfsSync: vi.fn(fs.statfsSync), writeSync: vi.fn(fs.writeSync) };
});

afterEach(() => {
  vi.mocked(statfsSync).mockReset();
  vi.mocked(writeSync).mockReset();
});

const sizes = { replicas: 2, size: 1003, frozen: 5 };

describe('SharedFile', () => {
  it('keeps every shelf apart, for all who have its descriptor, and has no name', () => {
    const own = (folder: string): string[] =>
      readdirSync(folder).filter((name) => name.startsWith('steadyformer-replicas-'));
    const before = own(tmpdir());
    const file = SharedFile.create(sizes);
    expect(own(tmpdir())).toEqual(before);
    expect(fstatSync(file.descriptor).nlink).toBe(0);
    const other = new SharedFile(sizes, file.descriptor);
    const shelves = ['parameters', 'frozen', 0, 1] as const;
    const values = shelves.map((shelf, i) => noise(shelf === 'frozen' ? 5 : 1003, i + 1));
    for (const [i, shelf] of shelves.entries()) file.write(shelf, Float32Array.from(values[i]!));
    for (const [i, shelf] of shelves.entries())
      expect(other.read(shelf)).toEqual(Float32Array.from(values[i]!));
    expect(fstatSync(file.descriptor).size).toBe(4 * (3 * 1003 + 5));
    other.write(1, Float32Array.of(7, 8), 100);
    expect(file.read(1, { from: 99, to: 103 })).toEqual(
      Float32Array.of(values[3]![99]!, 7, 8, values[3]![102]!),
    );
    file.close();
  });

  it('goes on where the system moves less than it was given', () => {
    const file = SharedFile.create(sizes);
    const { calls } = vi.mocked(writeSync).mock;
    type Write = (fd: number, bytes: Uint8Array, offset: number, length: number, at: number) => number;
    const whole = vi.mocked(writeSync).getMockImplementation() as unknown as Write;
    const less: Write = (fd, bytes, offset, length, at) =>
      whole(fd, bytes, offset, Math.min(length, 1000), at);
    vi.mocked(writeSync).mockImplementation(less as unknown as typeof writeSync);
    const values = Float32Array.from(noise(1003, 1));
    file.write(1, values);
    expect(calls.length).toBe(5);
    expect(file.read(1)).toEqual(values);
    file.close();
  });

  it('says where there is no room', () => {
    const file = SharedFile.create(sizes);
    vi.mocked(writeSync).mockImplementation(() => {
      throw new Error('ENOSPC: no space left on device, write');
    });
    expect(() => file.write('parameters', new Float32Array(3))).toThrow(
      /replicas exchange 1 MiB through a file in \/dev\/shm.*: ENOSPC.*Make room there, or set TMPDIR/,
    );
    file.close();
  });

  it('lies with temporary files where the folder in memory has less room, and says what that lacks', () => {
    vi.mocked(statfsSync).mockReturnValue({ bavail: 1, bsize: 4096 } as ReturnType<typeof statfsSync>);
    vi.stubEnv('TMPDIR', '/nowhere');
    expect(() => SharedFile.create(sizes)).toThrow(/less room in \/nowhere: ENOENT/);
    vi.unstubAllEnvs();
  });
});
