import { cp, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { folderOf, sourceOf } from '../fixtures/checkpoints';
import { readPretrained } from './readPretrained';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pretrained-'));
  await cp(fileURLToPath(folderOf('llama')), folder, { recursive: true });
});
afterEach(() => rm(folder, { recursive: true }));
const PART = 'model-00002-of-00002.safetensors';

describe('readPretrained', () => {
  it.each(['gpt2', 'llama'] as const)('reads what a page would, %s', async (kind) => {
    const there = sourceOf(kind);
    const read = await readPretrained(fileURLToPath(folderOf(kind)));
    expect(read.config).toEqual(there.config);
    expect(read.tensors).toEqual(there.tensors);
  });

  it.each<readonly [string, () => Promise<unknown>, string]>([
    ['no config', () => rm(join(folder, 'config.json')), 'the checkpoint has no config.json; it has '],
    [
      'no weights',
      () => rm(join(folder, 'model.safetensors.index.json')),
      'the checkpoint has no model.safetensors; it has ',
    ],
    ['no part', () => rm(join(folder, PART)), `${PART}`],
    ['a truncated part', () => truncate(join(folder, PART), 3000), `${PART}`],
    [
      'a config that is no JSON',
      () => writeFile(join(folder, 'config.json'), '{'),
      'config.json: it is not JSON, it was damaged',
    ],
  ])('names the folder and the file where there is %s', async (_, damage, message) => {
    await damage();
    const error = await readPretrained(folder).catch((reason: Error) => reason);
    expect(error).toMatchObject({ name: 'SteadyformerError' });
    expect((error as Error).message).toContain(`'${folder}': `);
    expect((error as Error).message).toContain(message);
  });

  it('says where there is no folder', async () => {
    await expect(readPretrained(join(folder, 'none'))).rejects.toThrow("none': it cannot be read: ENOENT");
  });
});
