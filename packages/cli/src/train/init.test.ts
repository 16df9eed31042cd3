import { chmod, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { recipePath, runConfig, sampleConfig } from '@steadyformer/translate/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { freshFolder, steadyformer } from '../../testing/command';

const folder = freshFolder('init');
const home = process.cwd();

const SOURCE = ['one two', 'a b c', '', 'a b c', 'same', 'x '.repeat(40), 'four words are here'];
const TARGET = ['eins zwei', 'ä b', 'blank', 'ä b', 'Same', 'y', 'vier'];

beforeEach(async () => {
  process.chdir(folder());
  await writeFile('a.en', `${SOURCE.join('\n')}\n`);
  await writeFile('b.de', `${TARGET.join('\n')}\n`);
});
afterEach(() => process.chdir(home));

const PAIR = ['--source', 'a.en', '--target', 'b.de'];

const written = async (path = 'config.yaml'): Promise<unknown> => parse(await readFile(path, 'utf8'));

describe('sampleConfig as YAML', () => {
  it.each([
    { data: { train: { source: 'a.en', target: 'b.de' } } },
    {
      data: {
        train: [{ path: 'a b.tsv', columns: [0, 1] }, { path: "it's #1: x.tmx" }],
        test: { path: '{x}.tsv' },
      },
    },
    { kind: 'languageModel', data: { train: 'null' }, output: '- a', model: { depth: 3 } },
    {
      data: { train: { path: '\u0000\u2028é😀.tsv' }, filter: { apply: false } },
      model: {
        method: { encoder: 'admin', decoder: { name: 'deepNorm' } },
        attentionPositions: { kind: 'rotary' },
      },
      optimizer: {
        peak: 1e-7,
        schedule: [{ name: 'constant', value: 2 }],
        groups: [{ select: '*Embedding', weightDecay: 0 }],
      },
    },
  ])('is read as the same config, all defaults included: %j', (values) => {
    const read: unknown = parse(sampleConfig(values));
    expect(runConfig(read)).toEqual(runConfig(values));
    expect(parse(sampleConfig(values), { version: '1.1' })).toEqual(read);
  });
});

describe('steadyformer init', () => {
  it('writes a config for two files, and says what they are like', async () => {
    const { code, out, error } = await steadyformer('init', ...PAIR);
    expect([code, error]).toEqual([0, '']);
    expect(out).toMatch(/^2 pairs; left out: blank 1, duplicate 1, identical 1, ratio 2$/mu);
    expect(out).toMatch(/^source +5 +12 +9 +5 +7 +7 +7$/mu);
    expect(out).toMatch(/^target +4 +12 +9 +3 +9 +9 +9$/mu);
    expect(out).toMatch(/^Wrote config\.yaml\. Next: steadyformer train config\.yaml$/mu);
    const config = await written();
    expect(runConfig(config)).toEqual(
      runConfig({
        data: { train: { source: 'a.en', target: 'b.de' }, blank: 'skip' },
        vocabulary: { merges: 1000 },
        batches: { maxTokens: 256 },
        model: { width: 128, depth: 3 },
        optimizer: { schedule: { name: 'inverseSqrt', warmup: 20 } },
        training: { updates: 200 },
        validation: { every: 10 },
        checkpoints: { every: 10 },
      }),
    );
    const text = await readFile('config.yaml', 'utf8');
    expect(text).toContain('# Written by steadyformer init for 2 pairs with 9 words.\n');
    expect((await readdir('.')).sort()).toEqual(['a.en', 'b.de', 'config.yaml']);
  });

  it('writes the same for the same text', async () => {
    await steadyformer('init', ...PAIR);
    await steadyformer('init', ...PAIR, '--output', 'again.yaml');
    expect(await readFile('again.yaml', 'utf8')).toBe(await readFile('config.yaml', 'utf8'));
  });

  it('looks at one file of pairs, gzipped as well, and at running text', async () => {
    await writeFile('p.tsv.gz', gzipSync('a b\tc d\ne\tf\n'));
    expect((await steadyformer('init', '--tsv', 'p.tsv.gz')).code).toBe(0);
    expect(runConfig(await written()).data).toMatchObject({ train: { path: 'p.tsv.gz' }, blank: 'error' });
    const { code, out } = await steadyformer('init', '--text', 'a.en', '-o', 'sub/lm.yaml');
    expect(code).toBe(0);
    expect(out).toMatch(/^6 lines; left out: blank 1$/mu);
    expect(runConfig(await written('sub/lm.yaml'))).toMatchObject({
      kind: 'languageModel',
      data: { train: 'a.en' },
    });
  });

  it('copies a recipe, comments and all', async () => {
    const { code, out, error } = await steadyformer('init', '--recipe', 'multi30k', '--out', 'sub/m.yaml');
    expect([code, error]).toEqual([0, '']);
    expect(out).toMatch(/^Wrote sub\/m\.yaml\. Next: steadyformer train sub\/m\.yaml /u);
    const copied = await readFile('sub/m.yaml', 'utf8');
    expect(copied).toBe(await readFile(await recipePath('multi30k'), 'utf8'));
    expect(runConfig(parse(copied)).output).toBe('runs/multi30k');
    const refused = await steadyformer('init', '--recipe', 'libreoffice', '--out', 'sub/m.yaml');
    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(await readFile('sub/m.yaml', 'utf8')).toBe(copied);
    expect((await steadyformer('init', '--recipe', 'libreoffice', '-o', 'sub/m.yaml', '--force')).code).toBe(
      0,
    );
    expect(await readFile('sub/m.yaml', 'utf8')).not.toBe(copied);
  });

  it('writes over a file only where it is told to', async () => {
    await writeFile('config.yaml', 'mine');
    const refused = await steadyformer('init', ...PAIR);
    expect(refused).toMatchObject({ code: 2, out: '' });
    expect(refused.error).toMatch(/^error: [^\n]*'config\.yaml': the file is there already[^\n]*--force\n$/u);
    expect(await readFile('config.yaml', 'utf8')).toBe('mine');
    expect((await steadyformer('init', ...PAIR, '--force')).code).toBe(0);
    expect(await written()).toMatchObject({ kind: 'translation' });
  });

  it.each<readonly [string, readonly string[], string]>([
    ['nothing', [], 'received no text to look at, allowed --source a.en --target a.de'],
    ['one side', ['--source', 'a.en'], 'received --source, allowed'],
    ['the other', ['--target', 'a.en'], 'received --target, allowed'],
    ['too much', [...PAIR, '--text', 'a.en'], 'received --source --target --text, allowed'],
    ['text beside a recipe', ['--text', 'a.en', '--recipe', 'multi30k'], 'received --text --recipe, allowed'],
    ['an unknown recipe', ['--recipe', 'multi30'], 'multi30k'],
    ['no file', ['--source', 'none', '--target', 'b.de'], 'none: no such file'],
    ['a folder', ['--text', '.'], 'is a folder'],
    ['an empty file', ['--text', 'empty'], "'empty': no line to learn from (it is empty)"],
    ['blank lines', ['--text', 'blank'], "'blank': no line to learn from (blank 3)"],
    ['two empty files', ['--source', 'empty', '--target', 'empty'], 'empty'],
    [
      'nothing that is kept',
      ['--source', 'a.en', '--target', 'a.en'],
      'no pair to learn from (identical 6, blank 1)',
    ],
    ['other numbers of lines', ['--source', 'a.en', '--target', 'blank'], 'blank'],
    ['no UTF-8', ['--text', 'latin'], 'latin'],
    ['a broken archive', ['--text', 'broken.gz'], 'broken.gz'],
    ['an unknown kind of file', ['--path', 'a.en'], 'a.en'],
    ['no TMX', ['--path', 'bad.tmx'], 'bad.tmx'],
    ['a place that is a folder', [...PAIR, '-o', 'sub'], "'sub': the file cannot be written, it is a folder"],
    ['a place in a file', [...PAIR, '-o', 'a.en/c.yaml'], 'its folder is a file'],
    ['a protected place', [...PAIR, '-o', 'protected', '--force'], 'it is write-protected'],
    ['its own text', [...PAIR, '-o', 'b.de', '--force'], 'it is one of those that are read'],
    ['its own text by another name', [...PAIR, '-o', 'link', '--force'], 'it is one of those that are read'],
    ['too many words', ['a.en', 'b.de'], 'too many arguments'],
    ['another option', ['--sorce', 'a.en'], "unknown option '--sorce'"],
  ])('ends with 2 and one line, and writes nothing: %s', async (_, args, message) => {
    await mkdir('sub');
    await symlink('b.de', 'link');
    await writeFile('empty', '');
    await writeFile('blank', '\n \n\n');
    await writeFile('latin', Uint8Array.of(0x61, 0xe9, 0x0a));
    await writeFile('broken.gz', Uint8Array.of(1, 2, 3));
    await writeFile('bad.tmx', '<tmx><body><tu>');
    await writeFile('protected', '');
    await chmod('protected', 0o444);
    const before = (await readdir('.')).sort();
    const { code, error } = await steadyformer('init', ...args);
    expect(error).toContain(message);
    expect(error).toMatch(/^error: [^\n]{1,600}\n$/u);
    expect(code).toBe(2);
    expect((await readdir('.')).sort()).toEqual(before);
    expect(await readFile('b.de', 'utf8')).toBe(`${TARGET.join('\n')}\n`);
  });
});
