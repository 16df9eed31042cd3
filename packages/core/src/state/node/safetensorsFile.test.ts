import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeSafetensors, encodeSafetensors } from '../safetensors';
import { readSafetensors, writeSafetensors } from './safetensorsFile';
import { readFrom, writeTo } from './safetensorsStream';

const tensors = { w: { shape: [2], data: Float32Array.of(1, 2) } };
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'safetensors-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('safetensors files', () => {
  it('come back as they went, and leave no partial file', async () => {
    const path = join(folder, 'model.safetensors');
    await writeSafetensors(path, tensors, { step: '3' });
    await writeSafetensors(path, tensors, { step: '4' });
    expect(await readSafetensors(path)).toEqual({ tensors, metadata: { step: '4' } });
    expect(await readdir(folder)).toEqual(['model.safetensors']);
  });

  it('that are missing or damaged are errors', async () => {
    const path = join(folder, 'model.safetensors');
    await expect(readSafetensors(path)).rejects.toThrow('ENOENT');
    await writeFile(path, 'short');
    await expect(readSafetensors(path)).rejects.toThrow('not a readable safetensors file');
  });
});

describe('writing', () => {
  it('gives the size and the SHA-256, which reading asks for', async () => {
    const path = join(folder, 'model.safetensors');
    const { bytes, sha256 } = await writeSafetensors(path, tensors);
    const written = await readFile(path);
    expect(bytes).toBe(written.length);
    expect(sha256).toBe(createHash('sha256').update(written).digest('hex'));
    expect(await readSafetensors(path, { sha256: sha256.toUpperCase() })).toEqual({ tensors, metadata: {} });
    written[written.length - 1]! ^= 1;
    await writeFile(path, written);
    await expect(readSafetensors(path, { sha256 })).rejects.toThrow('is damaged: its SHA-256 is');
    await expect(readSafetensors(path, { sha: '' } as never)).rejects.toThrow("did you mean 'sha256'");
  });

  it('several times at once leaves one whole file, and no other', async () => {
    const path = join(folder, 'model.safetensors');
    const versions = Array.from({ length: 8 }, (_, i) => ({
      w: { shape: [5000], data: new Float32Array(5000).fill(i) },
    }));
    await Promise.all(versions.map((version) => writeSafetensors(path, version)));
    const { data } = (await readSafetensors(path)).tensors.w!;
    expect(new Set(data).size).toBe(1);
    expect(await readdir(folder)).toEqual(['model.safetensors']);
  });

  it('what cannot be written leaves the file that was there, and nothing else', async () => {
    const path = join(folder, 'model.safetensors');
    await writeSafetensors(path, tensors);
    await expect(writeSafetensors(path, { w: { ...tensors.w, shape: [3] } })).rejects.toThrow('holds 3');
    expect(await readSafetensors(path)).toEqual({ tensors, metadata: {} });
    await mkdir(join(folder, 'folder', 'within'), { recursive: true });
    await expect(writeSafetensors(join(folder, 'folder'), tensors)).rejects.toThrow("cannot write '");
    await expect(writeSafetensors(join(folder, 'none', 'w'), tensors)).rejects.toThrow('ENOENT');
    await expect(readSafetensors(join(folder, 'folder'))).rejects.toThrow('it is not a file');
    expect((await readdir(folder)).sort()).toEqual(['folder', 'model.safetensors']);
  });
});

describe('files in pieces', () => {
  const named = (size: number, seed: number) => ({
    shape: [size],
    data: Float32Array.from({ length: size }, (_, i) => Math.sin(seed + i)),
  });
  const several = { a: named(1, 1), b: named(0, 2), c: named(37, 3), d: named(64, 4) };

  it.each([8, 16, 1000])('of %i bytes are the same files', async (chunk) => {
    const path = join(folder, 'model.safetensors');
    const file = await open(path, 'w+');
    const [written, seen]: Buffer[][] = [[], []];
    const size = await writeTo(
      file,
      several,
      { step: '3' },
      (piece) => written!.push(Buffer.from(piece)),
      chunk,
    );
    const whole = await readFile(path);
    expect(whole).toEqual(Buffer.from(encodeSafetensors(several, { step: '3' })));
    expect(size).toBe(whole.length);
    expect(Buffer.concat(written!)).toEqual(whole);
    expect(Math.max(...written!.map(({ length }) => length))).toBeLessThanOrEqual(chunk);
    const read = await readFrom(file, size, (piece) => seen!.push(Buffer.from(piece)), chunk);
    expect(read).toEqual({ tensors: several, metadata: { step: '3' } });
    expect(Buffer.concat(seen!)).toEqual(whole);
    await file.close();
  });

  it.each([8, 24])('of %i bytes hold numbers of other types', async (chunk) => {
    const path = new URL('../../../fixtures/types.safetensors', import.meta.url);
    const [file, bytes] = [await open(path), await readFile(path)];
    expect(await readFrom(file, bytes.length, () => {}, chunk)).toEqual(decodeSafetensors(bytes));
    await file.close();
  });

  it('that grow shorter meanwhile are errors, as are those whose parts do not make a whole', async () => {
    const path = join(folder, 'model.safetensors');
    const bytes = encodeSafetensors(several);
    await writeFile(path, bytes.subarray(0, bytes.length - 4));
    const file = await open(path);
    await expect(readFrom(file, bytes.length)).rejects.toThrow(`it ends at byte ${bytes.length - 4}`);
    await file.close();
    await expect(readSafetensors(path)).rejects.toThrow("tensor 'd' of shape [64] does not fit");
    await writeFile(path, Buffer.concat([bytes, Buffer.alloc(1)]));
    await expect(readSafetensors(path)).rejects.toThrow('1 bytes after the last tensor belong to none');
  });
});

describe.runIf(process.env.STEADYFORMER_LONG === '1')('a file of more than 4 GiB', () => {
  it('is written and read, with little memory beside the weights', async () => {
    const path = join(folder, 'large.safetensors');
    const [MB, size] = [2 ** 20, 9 * 2 ** 25];
    const data = new Float32Array(size);
    for (let i = 0; i < size; i += 4099) data[i] = i;
    const names = ['a', 'b', 'c', 'd'];
    const held = (): number => process.memoryUsage().arrayBuffers;
    let most = 0;
    const before = held();
    const timer = setInterval(() => {
      most = Math.max(most, held());
    }, 20);
    const large = Object.fromEntries(names.map((name) => [name, { shape: [size], data }]));
    const { bytes, sha256 } = await writeSafetensors(path, large);
    expect(bytes).toBeGreaterThan(2 ** 32);
    expect(most - before).toBeLessThan(64 * MB);
    most = 0;
    const { tensors } = await readSafetensors(path, { sha256 });
    clearInterval(timer);
    expect(most - before).toBeLessThan(names.length * 4 * size + 64 * MB);
    for (const name of names) {
      expect(tensors[name]!.shape).toEqual([size]);
      expect(Buffer.compare(Buffer.from(tensors[name]!.data.buffer), Buffer.from(data.buffer)), name).toBe(0);
    }
  }, 600_000);
});
