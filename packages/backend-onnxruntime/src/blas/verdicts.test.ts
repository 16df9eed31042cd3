import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setEnvironmentData } from 'node:worker_threads';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { cacheFolder, Verdicts, verdictKey } from './verdicts';

const root = mkdtempSync(join(tmpdir(), 'verdicts-'));
afterAll(() => rmSync(root, { recursive: true }));

const ratios = { NN: 1.3, NT: 1.2, TN: 1.4, TT: 1.2 };
const forget = (): void =>
  setEnvironmentData('@steadyformer/backend-onnxruntime products 1', undefined as never);
beforeEach(forget);

let next = 0;
const folder = (): string => join(root, String(next++));

describe('what was measured', () => {
  it('is kept in a file for other programs', () => {
    const place = folder();
    expect(new Verdicts(place).get('a')).toBeUndefined();
    new Verdicts(place).put('a', ratios);
    forget();
    expect(new Verdicts(place).get('a')).toEqual(ratios);
    expect(new Verdicts(place).get('b')).toBeUndefined();
    expect(readdirSync(place)).toHaveLength(1);
  });

  it('is known to this process where no file can be written', () => {
    const file = join(root, 'file');
    writeFileSync(file, '');
    new Verdicts(join(file, 'inside')).put('a', ratios);
    expect(new Verdicts(join(file, 'inside')).get('a')).toEqual(ratios);
    forget();
    expect(new Verdicts(join(file, 'inside')).get('a')).toBeUndefined();
  });

  it.each([
    ['nothing', ''],
    ['half a file', '{"key":"a","ratios":{"NN":1.3,'],
    ['no record', 'null'],
    ['a list', '[1]'],
    ['the measurement of something else', JSON.stringify({ key: 'b', ratios })],
    ['no ratios', JSON.stringify({ key: 'a' })],
    ['a form too few', JSON.stringify({ key: 'a', ratios: { NN: 1, NT: 1, TN: 1 } })],
    ['a ratio below 0', JSON.stringify({ key: 'a', ratios: { ...ratios, NT: -1 } })],
    ['text for a ratio', JSON.stringify({ key: 'a', ratios: { ...ratios, NT: '2' } })],
  ])('is measured again where the file holds %s', (_, text) => {
    const place = folder();
    new Verdicts(place).put('a', ratios);
    forget();
    const [name] = readdirSync(place);
    writeFileSync(join(place, name!), text);
    expect(new Verdicts(place).get('a')).toBeUndefined();
    new Verdicts(place).put('a', ratios);
    expect(JSON.parse(readFileSync(join(place, name!), 'utf8'))).toEqual({ key: 'a', ratios });
  });

  it('is measured again where the file cannot be read', () => {
    const place = folder();
    new Verdicts(place).put('a', ratios);
    forget();
    const [name] = readdirSync(place);
    rmSync(join(place, name!));
    mkdirSync(join(place, name!));
    expect(new Verdicts(place).get('a')).toBeUndefined();
    expect(() => new Verdicts(place).put('a', ratios)).not.toThrow();
  });

  it('holds for one file, as it is, one library, and one number of threads', () => {
    const file = join(root, 'lib.so');
    writeFileSync(file, 'x');
    const key = verdictKey(file, '1.28.2', 2);
    expect(verdictKey(file, '1.28.2', 2)).toBe(key);
    const others = [
      verdictKey(file, '1.28.2', 1),
      verdictKey(file, '1.30.0', 2),
      verdictKey('/no', '1.28.2', 2),
    ];
    writeFileSync(file, 'xy');
    others.push(verdictKey(file, '1.28.2', 2));
    expect(new Set([key, ...others]).size).toBe(5);
  });
});

it('lies where users say, else in their cache folder', () => {
  expect(cacheFolder({ STEADYFORMER_CACHE: '/a', XDG_CACHE_HOME: '/b' })).toBe(join('/a', 'products'));
  expect(cacheFolder({ XDG_CACHE_HOME: '/b' })).toBe(join('/b', 'steadyformer', 'products'));
  expect(cacheFolder({ STEADYFORMER_CACHE: '', XDG_CACHE_HOME: '../b' })).toBe(cacheFolder({}));
});
