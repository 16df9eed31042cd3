import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { freshFolder } from '../../testing/command';
import { loadConfig } from './loadConfig';

const folder = freshFolder('config');

const write = async (content: string | Uint8Array, name = 'run.yaml'): Promise<string> => {
  const path = join(folder(), name);
  await writeFile(path, content);
  return path;
};

const DATA = 'data:\n  train: { source: a.en, target: b.de }\n';

describe('loadConfig', () => {
  it('reads YAML, and JSON under any name, as it is given', async () => {
    const given = { data: { train: { source: 'a.en', target: 'b.de' } } };
    expect(await loadConfig(await write(`\uFEFF${DATA}`), { set: [] })).toEqual(given);
    expect(await loadConfig(await write(JSON.stringify(given), 'run.txt'), { set: [] })).toEqual(given);
  });

  it('puts what the command line says in the place of what the file says', async () => {
    const path = await write(`output: a\n${DATA}model: { width: 8 }\n`);
    const config = await loadConfig(path, {
      set: ['model.width=16', 'data.valid={ path: v.tsv }'],
      output: 'b',
    });
    expect(config).toEqual({
      output: 'b',
      data: { train: { source: 'a.en', target: 'b.de' }, valid: { path: 'v.tsv' } },
      model: { width: 16 },
    });
    expect(await loadConfig(await write('{}'), { set: ['data.train=a.txt', 'kind=languageModel'] })).toEqual({
      data: { train: 'a.txt' },
      kind: 'languageModel',
    });
  });

  it.each<readonly [string, string]>([
    [`${DATA}model:\n  width: 0\n`, ':4:3: model.width: received 0, allowed whole numbers >= 1.'],
    [`${DATA}model:\n  witdh: 8\n`, ":4:3: model: unknown option 'witdh', did you mean 'width'?"],
    [`modle: {}\n${DATA}`, ":1:1: unknown option 'modle', did you mean 'model'?"],
    [`${DATA}model: 5\n`, ':3:1: model: received 5, allowed an object of method, width'],
    ['model: {}\n', ':1:1: data: missing train'],
    ['data: {}\n', ':1:1: data: missing train'],
    ['data:\n  train:\n    - { source: a, target: b }\n    - 3\n', ':2:3: data.train: received [{'],
    [
      `${DATA}average: { last: 5 }\n`,
      ':3:12: average.last: received 5, allowed at most checkpoints.keep, 2.',
    ],
    [
      `${DATA}batches:\n  length: 8\n`,
      ":4:3: batches.length has no effect where kind is 'translation'. Leave it out.",
    ],
    [`kind: languageModel\n${DATA}`, ':3:3: data.train of kind'],
    [
      `${DATA}optimizer: { groups: [{ selekt: x }] }\n`,
      ":3:25: optimizer.groups[0]: unknown option 'selekt'",
    ],
  ])('says where in the file: %j', async (text, message) => {
    const path = await write(text);
    const failure: unknown = await loadConfig(path, { set: [] }).catch((error: unknown) => error);
    expect((failure as Error).name).toBe('SteadyformerError');
    expect((failure as Error).message.slice(path.length, path.length + message.length)).toBe(message);
  });

  it('names the --set that a fault comes of', async () => {
    const path = await write(`${DATA}model:\n  width: 8\n`);
    await expect(loadConfig(path, { set: ['model.width=0'] })).rejects.toThrow(
      /^--set model\.width=0: model\.width: received 0, allowed/u,
    );
    await expect(loadConfig(path, { set: ['model.depth.encoder=x'] })).rejects.toThrow(
      /^--set model\.depth\.encoder=x: model\.depth\.encoder: received 'x'/u,
    );
    await expect(loadConfig(path, { set: ['seed=2', 'model={ widht: 3 }'] })).rejects.toThrow(
      /^--set model=\{ widht: 3 \}: model: unknown option 'widht'/u,
    );
    await expect(loadConfig(await write('data: {}'), { set: ['seed=2'] })).rejects.toThrow(
      /run\.yaml:1:1: data: missing/u,
    );
  });

  it('says in one line why a file is no config', async () => {
    await mkdir(join(folder(), 'a folder'));
    await symlink('circle', join(folder(), 'circle'));
    const latin = Uint8Array.of(...new TextEncoder().encode('a: 1\nb: '), 0xe9, 0x0a);
    for (const [path, message] of [
      [join(folder(), 'none.yaml'), 'the config cannot be read, there is no such file'],
      [join(folder(), 'a folder'), 'the config cannot be read, it is a folder'],
      [join(folder(), 'circle'), 'the config cannot be read, its links lead in a circle'],
      ['/dev/null', 'the config cannot be read, it is no regular file'],
      ['', 'the config cannot be read, there is no such file'],
      [await write(latin, 'latin'), 'latin:2: no text in UTF-8. Save it as UTF-8.'],
      [await write(Uint8Array.of(0xff, 0xfe, 0x61, 0), 'utf16'), 'utf16:1: no text in UTF-8'],
      [
        await write('#'.repeat(2 ** 20 + 1), 'large'),
        'it has 1048577 bytes, and a config has at most 1048576',
      ],
      [await write('', 'empty'), 'empty: received nothing, allowed the keys of a training run'],
      [await write('# nothing\n---\n', 'blank'), 'blank: received nothing, allowed'],
      [await write('- a\n', 'list'), "list: received ['a'], allowed"],
      [await write('just a text', 'text'), "text: received 'just a text', allowed"],
    ] as const) {
      const failure: unknown = await loadConfig(path, { set: [] }).catch((error: unknown) => error);
      expect((failure as Error).name).toBe('SteadyformerError');
      expect((failure as Error).message).toContain(message);
      expect((failure as Error).message).not.toContain('\n');
    }
  });
});
