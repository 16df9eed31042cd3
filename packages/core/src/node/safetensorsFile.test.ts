import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSafetensors, writeSafetensors } from './safetensorsFile';

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
