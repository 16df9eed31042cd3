import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeCorpus } from '../../data/encodeCorpus';
import { openShards } from '../../data/node/openShards';
import { runConfig } from '../runConfig';
import { prepareData } from './prepareData';
import { givenVocabulary } from './readVocabulary';
import { learnFrom, readText } from './task';

const root = await mkdtemp(join(tmpdir(), 'steadyformer-prepare-'));
afterAll(() => rm(root, { recursive: true }));

const WORDS = ['der', 'Hund', 'läuft', 'eine', 'Katze', 'schläft', 'und', 'singt'];
const sentence = (i: number, by: number): string =>
  Array.from({ length: 3 + (i % 4) }, (_, k) => WORDS[(i * by + k * k) % WORDS.length]).join(' ');
const lines = (count: number, by: number, side: string): string[] =>
  Array.from(
    { length: count },
    (_, i) => `${side} ${String.fromCharCode(97 + (i % 26))}${i} ${sentence(i, by)}`,
  );
const text = (list: readonly string[]): string => `${list.join('\n')}\n`;

let at = (name: string): string => name;
let config: Record<string, unknown> = {};
let run = 0;
beforeEach(async () => {
  const folder = join(root, `${run++}`);
  at = (name) => join(folder, name);
  await mkdir(folder);
  const [source, target] = [lines(60, 3, 'en'), lines(60, 5, 'de')];
  source.push(source[0]!, 'same', 'long '.repeat(200).trim(), 'one two three four five');
  target.push(target[0]!, 'Same', 'lang', 'eins');
  await writeFile(at('a.en'), text(source));
  await writeFile(at('a.de'), text(target));
  await writeFile(at('b.jsonl'), '{"source":" a\\nbig  dog ","target":"ein\\tHund"}\n');
  config = {
    data: { train: { source: at('a.en'), target: at('a.de') }, holdOut: { valid: 8, test: 6 } },
    vocabulary: { merges: 20 },
  };
});
const stay = () => {};

describe('prepareData', () => {
  it.each([
    ['one vocabulary', { merges: 20 }],
    ['two', { merges: 20, shared: false, minFrequency: 3 }],
  ])('gives a config of the same sentences and ids, %s', async (_, vocabulary) => {
    const report = await prepareData({ ...config, vocabulary }, at('out'), { shards: true });
    const original = runConfig({ ...config, vocabulary });
    const sharded = runConfig(JSON.parse(await readFile(at('out/config.json'), 'utf8')));
    expect(sharded.data.train).toEqual({ shards: at('out/shards'), shardsPerBlock: 8 });
    const texts = { source: at('out/train.source.txt'), target: at('out/train.target.txt') };
    const prepared = runConfig({ ...sharded, data: { ...sharded.data, train: texts } });
    const [before, after] = [await readText(original, stay), await readText(prepared, stay)];
    expect(after.parts.train).toEqual(before.parts.train);
    expect(after.parts.valid).toEqual(before.parts.valid);
    expect(after.parts.test).toEqual(before.parts.test);
    expect(after.parts.train.length).toBeGreaterThan(30);
    const learned = learnFrom(before, original, stay);
    const given = (await givenVocabulary(prepared.vocabulary))!;
    expect(JSON.stringify(given)).toBe(JSON.stringify(learned));
    expect(report).toMatchObject({
      kind: 'translation',
      counts: { train: before.parts.train.length, valid: 8, test: 6 },
      dropped: before.parts.dropped,
      shards: before.parts.train.length,
    });
    expect(report.dropped).toEqual({ duplicate: 1, identical: 1, tooLong: 1, ratio: 1 });
    expect(JSON.parse(await readFile(at('out/report.json'), 'utf8'))).toEqual(report);
    const shards = await openShards(at('out/shards'));
    const ids = encodeCorpus(before.parts.train as never, learned);
    expect(shards.pairs).toBe(before.parts.train.length);
    expect(shards.read(0)).toEqual(ids);
    expect((await readdir(at('out'))).sort()).toEqual([
      'config.json',
      'report.json',
      'shards',
      ...['source', 'target'].map((side) => `test.${side}.txt`),
      ...['source', 'target'].map((side) => `train.${side}.txt`),
      ...['source', 'target'].map((side) => `valid.${side}.txt`),
      'vocabulary.json',
    ]);
  });

  it('streams what has files of its own, and makes a sentence with line ends one line', async () => {
    const own = {
      train: [{ source: at('a.en'), target: at('a.de') }, { path: at('b.jsonl') }],
      valid: { path: at('b.jsonl') },
    };
    const report = await prepareData({ ...config, data: { ...own, filter: { apply: false } } }, at('out'));
    expect(report.counts).toEqual({ train: 65, valid: 1, test: 0 });
    expect(report.dropped).toEqual({});
    expect(await readFile(at('out/valid.source.txt'), 'utf8')).toBe(' a big  dog \n');
    const names = await readdir(at('out'));
    expect(names.filter((name) => name.startsWith('test'))).toEqual([]);
    const written = await readFile(at('out/train.target.txt'), 'utf8');
    expect(written).toBe(`${await readFile(at('a.de'), 'utf8')}ein\tHund\n`);
  });

  it('prepares running text', async () => {
    await writeFile(at('text.txt'), text([...lines(50, 3, 'x'), '', ...lines(50, 7, 'y')]));
    const given = {
      kind: 'languageModel',
      data: { train: at('text.txt'), holdOut: { valid: 5 } },
      vocabulary: { merges: 9 },
    };
    const report = await prepareData(given, at('out'));
    const prepared = runConfig(JSON.parse(await readFile(at('out/config.json'), 'utf8')));
    const [before, after] = [await readText(runConfig(given), stay), await readText(prepared, stay)];
    expect(after.parts).toEqual({ ...before.parts, dropped: {} });
    expect(report).toMatchObject({
      counts: { train: before.parts.train.length, valid: 5 },
      dropped: { blank: 1 },
    });
    await expect(prepareData(given, at('more'), { shards: true })).rejects.toThrow(
      /kind 'languageModel' has none/,
    );
  });

  it('replaces what it made before, when told to, and nothing else', async () => {
    await prepareData(config, at('out'), { shards: true });
    await expect(prepareData(config, at('out'))).rejects.toThrow(/holds prepared text already/);
    const report = await prepareData(config, at('out'), { shards: true, replace: true });
    expect(report.counts.valid).toBe(8);
    await mkdir(at('killed/prepare.0123456789abcdef.partial'), { recursive: true });
    await prepareData(config, at('killed'));
    expect((await readdir(at('killed'))).filter((name) => name.endsWith('partial'))).toEqual([]);
    await mkdir(at('mine'));
    await writeFile(at('mine/x'), '');
    await expect(prepareData(config, at('mine'), { replace: true })).rejects.toThrow(
      /holds other things \('x'\)/,
    );
  });

  it.each<readonly [string, (given: Record<string, unknown>) => Promise<unknown>, RegExp]>([
    ['a missing file', () => rm(at('a.de')), /a\.de: /],
    ['a shorter side', () => writeFile(at('a.de'), 'eins\n'), /a\.(en|de)/],
    [
      'bytes that are no text',
      () => writeFile(at('a.en'), Buffer.from([0x61, 0x0a, 0xff, 0x0a])),
      /a\.en:2: not valid UTF-8/,
    ],
    [
      'a damaged vocabulary',
      (given) => {
        given.vocabulary = { file: at('a.en') };
        return Promise.resolve();
      },
      /a\.en' is no vocabulary/,
    ],
  ])('leaves nothing behind after %s', async (_, harm, message) => {
    const given = { ...config };
    await harm(given);
    await expect(prepareData(given, at('out'))).rejects.toThrow(message);
    expect(await readdir(at('.'))).not.toContain('out');
  });

  it('stops where it is told to, and leaves nothing behind', async () => {
    const onProgress = () => {
      throw new Error('stop');
    };
    await expect(prepareData(config, at('out'), { onProgress })).rejects.toThrow('stop');
    expect(await readdir(at('.'))).not.toContain('out');
  });
});
