import { chmod, mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkOutputs } from './checkOutputs';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'outputs-'));
  await chmod(folder, 0o755);
});
afterEach(() => rm(folder, { recursive: true }));

const NOBODY = 65_534;

/** As somebody whom permissions bind. */
const unprivileged = async (act: () => Promise<void>): Promise<void> => {
  const { geteuid, seteuid } = process;
  const own = geteuid?.() ?? NOBODY;
  if (own === 0) seteuid?.(NOBODY);
  try {
    await act();
  } finally {
    if (own === 0) seteuid?.(own);
  }
};

describe('files that can be written', () => {
  it('pass, new ones, those that are there and those in folders to be made; nothing is left behind', async () => {
    const there = join(folder, 'there.json');
    await writeFile(there, 'old');
    await checkOutputs([there, join(folder, 'new.svg'), join(folder, 'a/b/c.png'), join(folder, 'x.csv')]);
    expect(await readdir(folder)).toEqual(['there.json']);
  });
});

describe('files that cannot be written are refused', () => {
  const message = (file: string, why: string): string =>
    `--out '${file}': the file cannot be written, ${why}; name another`;

  it('a name without a kind', async () => {
    for (const name of ['x', 'x.txt', '', '.json', 'x.JSON ']) {
      await expect(checkOutputs([name])).rejects.toThrow(
        `--out '${name}': the name must end in .json, .csv, .svg, .png`,
      );
    }
  });

  it('a folder, a device, and what is below a file', async () => {
    const inside = join(folder, 'x.json');
    await mkdir(inside);
    await expect(checkOutputs([inside])).rejects.toThrow(message(inside, 'it is a folder'));
    const device = join(folder, 'd.json');
    await symlink('/dev/null', device);
    await expect(checkOutputs([device])).rejects.toThrow(message(device, 'it is no regular file'));
    const file = join(folder, 'file');
    await writeFile(file, '');
    for (const below of [join(file, 'x.json'), join(file, 'a/b/x.json')]) {
      await expect(checkOutputs([below])).rejects.toThrow(message(below, 'its folder is a file'));
    }
  });

  it('a name that is too long, and links in a circle', async () => {
    const long = join(folder, `${'x'.repeat(300)}.json`);
    await expect(checkOutputs([long])).rejects.toThrow('its name is too long');
    await symlink('b.json', join(folder, 'a.json'));
    await symlink('a.json', join(folder, 'b.json'));
    const circle = join(folder, 'a.json');
    await expect(checkOutputs([circle])).rejects.toThrow(message(circle, 'its links lead in a circle'));
  });

  it('a write-protected file, by root as well', async () => {
    const file = join(folder, 'x.json');
    await writeFile(file, 'mine', { mode: 0o444 });
    await expect(checkOutputs([file])).rejects.toThrow(message(file, 'it is write-protected'));
  });

  it('a folder that takes no file, and one that would be made in it', async () => {
    await chmod(folder, 0o555);
    await unprivileged(async () => {
      for (const file of [join(folder, 'x.json'), join(folder, 'a/b/x.json')]) {
        await expect(checkOutputs([file])).rejects.toThrow(message(file, 'its permissions forbid it'));
      }
    });
    await chmod(folder, 0o755);
    expect(await readdir(folder)).toEqual([]);
  });

  it('what is read, by whatever name', async () => {
    const [config, alias] = [join(folder, 'mine.json'), join(folder, 'alias.json')];
    await writeFile(config, '{}');
    await symlink(config, alias);
    for (const file of [config, alias, `${folder}/./mine.json`]) {
      await expect(checkOutputs([file], [config])).rejects.toThrow('it is one of those that are read');
    }
  });
});
