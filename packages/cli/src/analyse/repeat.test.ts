import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { analyse, freshFolder } from '../../testing/command';

const folderOf = freshFolder('repeat');

/** A result with these arguments, as anybody could write one. */
const resultOf = async (args: readonly unknown[], files: object = {}, tool = 'steadyformer analyse') => {
  const file = join(folderOf(), 'result.json');
  await writeFile(file, JSON.stringify({ provenance: { tool, arguments: args, files } }));
  return file;
};

const predict = ['predict', '-a', 'preLN', '--depth', '2'];

describe('repeat', () => {
  it('makes the numbers again, of results of before the one command as well', async () => {
    const { out } = await analyse(...predict);
    expect(out).toContain('encoder.layers.1.feedForward');
    for (const tool of ['steadyformer analyse', 'steadyformer-analysis']) {
      const again = await analyse(
        'repeat',
        await resultOf(predict, {}, tool),
        '--out',
        join(folderOf(), 'again.json'),
      );
      expect(again).toMatchObject({ code: 0, out });
    }
    const { provenance } = JSON.parse(await readFile(join(folderOf(), 'again.json'), 'utf8'));
    expect(provenance).toMatchObject({
      tool: 'steadyformer analyse',
      command: 'predict',
      arguments: predict,
    });
  });

  it.each([
    [['--out', 'x.json']],
    [['-o', 'x.json']],
    [['-ox.json']],
    [['--out=x.json']],
    [['--out', 'x.svg', 'x.json']],
  ])('writes nothing that a result names: %j', async (extra) => {
    const args = [...predict, ...extra.map((arg) => arg.replace('x.', join(folderOf(), 'stolen.')))];
    const file = await resultOf(args);
    for (const own of [[], ['--out', join(folderOf(), 'own.json')]]) {
      const { code, out, error } = await analyse('repeat', file, ...own);
      expect([code, out]).toEqual([2, '']);
      expect(error).toMatch(
        /^error: \S+result\.json: its arguments would write \S+stolen\.\S+, which those of a result never do[^\n]*\n$/,
      );
    }
    expect(await readdir(folderOf())).toEqual(['result.json']);
  });

  it.each([
    [['repeat', 'result.json'], "its command is 'repeat', which makes no result"],
    [['--backend', 'cpu', 'repeat', 'result.json'], "its command is '--backend'"],
    [['--', 'repeat', 'result.json'], "its command is '--'"],
    [['doctor'], "its command is 'doctor'"],
    [['analyse', 'predict'], "its command is 'analyse'"],
    [['help', 'predict'], "its command is 'help'"],
    [['predict', '--help'], "its command is '--help'"],
    [['constructor'], "its command is 'constructor'"],
    [[], 'its command is undefined'],
    [['predict', 'repeat', 'result.json'], 'result.json: too many arguments'],
    [['predict', '--dept', '3'], "result.json: unknown option '--dept'"],
  ])('runs only what makes a result: %j', async (args, message) => {
    const { code, out, error } = await analyse('repeat', await resultOf(args));
    expect([code, out]).toEqual([2, '']);
    expect(error).toMatch(/^error: [^\n]+\n$/);
    expect(error).toContain(message);
  });

  it.each([
    [['dependency', '--data', 'PATH', '--backend', 'cpu']],
    [['dependency', '--config', 'PATH', '--backend', 'cpu']],
    [['predict', '--model', 'PATH']],
    [['predict', '-cPATH']],
    [['updates', 'PATH', 'PATH']],
  ])('reads no file but those whose content it knows: %j', async (args) => {
    const secret = join(folderOf(), 'secret.txt');
    await writeFile(secret, 'a secret\n');
    const named = args.map((arg) => arg.replace('PATH', secret));
    const { code, error } = await analyse('repeat', await resultOf(named));
    expect(code).toBe(2);
    expect(error).toContain(
      `its arguments read ${secret}, which is not among the files it says it was made of`,
    );
    expect(error).not.toContain('a secret');
  });

  it('reads a file whose digest is right, and none that never ends', async () => {
    const data = join(folderOf(), 'data.txt');
    await writeFile(data, '4 5 6\n');
    const digest = createHash('sha256').update('4 5 6\n').digest('hex');
    const args = [
      'dependency',
      '-a',
      'preLN',
      '--width',
      '8',
      '--depth',
      '1',
      '--data',
      data,
      '--backend',
      'cpu',
    ];
    expect(await analyse('repeat', await resultOf(args, { [data]: digest }))).toMatchObject({ code: 0 });
    const endless = await analyse('repeat', await resultOf(args, { [data]: digest, '/dev/zero': digest }));
    expect(endless.code).toBe(2);
    expect(endless.error).toContain('/dev/zero: the file that');
    expect(endless.error).toContain('cannot be read, it is no regular file');
  });
});
