import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { admin, type StateDict, stateDict, transformer } from '@steadyformer/core';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { Bpe } from '../../subwords/bpe';
import { trainBpe } from '../../subwords/trainBpe';
import type { Checkpoint } from '../checkpoint';
import { inspectCheckpoint, loadCheckpoint, saveCheckpoint } from './checkpointFolder';

const root = mkdtempSync(join(tmpdir(), 'steadyformer-folder-'));
afterAll(() => rmSync(root, { recursive: true }));

let run = 0;
let path = '';
beforeEach(() => {
  path = join(root, `run${run++}`);
});

const vocabulary = trainBpe(['a small test', 'ein kleiner Test'], { merges: 20 });
const model = transformer(
  { vocabulary: vocabulary.size, padId: 1, width: 8, heads: 2, depth: 1, method: admin() },
  2,
);
const initial = await stateDict(model);

/** All numbers of a checkpoint say which it is. */
const make = (updates: number, training = true): Checkpoint => {
  const parameters: StateDict = Object.fromEntries(
    Object.entries(initial).map(([name, { shape, data }]) => [
      name,
      { shape, data: data.map(() => updates) },
    ]),
  );
  const optimizer = { updates, m: Float32Array.of(updates, 2), v: Float32Array.of(updates, 4) };
  const state = { rule: { name: 'radam', options: {} }, position: { epoch: 0, index: updates }, optimizer };
  return { config: model.config, vocabulary, parameters, ...(training ? { training: state } : {}) };
};

/** Which checkpoint it is, every number of it. */
const numbersOf = ({ parameters, training }: Checkpoint): number[] => [
  ...new Set([
    ...Object.values(parameters).flatMap(({ data }) => Array.from(data)),
    training!.optimizer.updates,
    training!.position.index,
    training!.optimizer.m[0]!,
    training!.optimizer.v[0]!,
  ]),
];

const FILES = ['checkpoint.json', 'model.safetensors', 'optimizer.safetensors'];

describe('saveCheckpoint', () => {
  it("touches only a checkpoint's own files", async () => {
    await saveCheckpoint(path, make(1));
    writeFileSync(join(path, 'notes.txt'), 'mine');
    mkdirSync(join(path, 'logs'));
    writeFileSync(join(path, 'logs', 'train.log'), 'mine too');
    await saveCheckpoint(path, make(2));
    expect(readdirSync(path).sort()).toEqual([FILES[0], 'logs', FILES[1], 'notes.txt', FILES[2]]);
    expect(readFileSync(join(path, 'notes.txt'), 'utf8')).toBe('mine');
    expect(readFileSync(join(path, 'logs', 'train.log'), 'utf8')).toBe('mine too');
    expect(numbersOf(await loadCheckpoint(path))).toEqual([2]);
    await saveCheckpoint(path, make(3, false));
    expect(readdirSync(path).sort()).toEqual([FILES[0], 'logs', FILES[1], 'notes.txt']);
    expect((await loadCheckpoint(path)).training).toBeUndefined();
  });

  it.each([
    ["a user's file", 'thesis.tex', 'text'],
    ['weights of another program', 'model.safetensors', 'weights'],
    ["another program's checkpoint.json", 'checkpoint.json', '{"format":"other"}'],
    ['a checkpoint.json that is no JSON', 'checkpoint.json', 'text'],
  ])('refuses a folder that holds %s', async (_, name, text) => {
    mkdirSync(path);
    writeFileSync(join(path, name), text);
    await expect(saveCheckpoint(path, make(1))).rejects.toThrow(
      `it holds other things (${name}) and no checkpoint. Name a new or empty folder.`,
    );
    await expect(inspectCheckpoint(path)).rejects.toThrow('holds other things');
    expect(readdirSync(path)).toEqual([name]);
    expect(readFileSync(join(path, name), 'utf8')).toBe(text);
  });

  it('takes any way to write the name of a folder', async () => {
    await saveCheckpoint(`${path}/`, make(1));
    await saveCheckpoint(join(path, '..', `run${run - 1}`, '//'), make(2));
    expect(readdirSync(path).sort()).toEqual(FILES);
    expect(numbersOf(await loadCheckpoint(`${path}//`))).toEqual([2]);
    mkdirSync(join(path, 'inner'));
    await saveCheckpoint(join(path, 'inner', 'deep', 'er'), make(3));
    expect(numbersOf(await loadCheckpoint(join(path, 'inner', 'deep', 'er')))).toEqual([3]);
    symlinkSync(path, `${path}-link`);
    await Promise.all([saveCheckpoint(path, make(4)), saveCheckpoint(`${path}-link`, make(4))]);
    expect(numbersOf(await loadCheckpoint(`${path}-link`))).toEqual([4]);
    expect(readdirSync(path).sort()).toEqual([FILES[0], 'inner', FILES[1], FILES[2]]);
  });

  it('says what is no folder, and changes nothing', async () => {
    await expect(saveCheckpoint('', make(1))).rejects.toThrow("checkpoint folder: received ''");
    writeFileSync(path, 'a file');
    await expect(saveCheckpoint(path, make(1))).rejects.toThrow('it is a file. Name a folder.');
    await expect(saveCheckpoint(join(path, 'x'), make(1))).rejects.toThrow('Name a folder.');
    await expect(loadCheckpoint(path)).rejects.toThrow('no checkpoint in');
    expect(readFileSync(path, 'utf8')).toBe('a file');
  });

  it('leaves nothing behind where it fails', async () => {
    const torn = { ...make(1), parameters: { w: { shape: [3], data: Float32Array.of(1) } } };
    await expect(saveCheckpoint(path, torn)).rejects.toThrow("tensor 'w'");
    expect(existsSync(path)).toBe(false);
    await saveCheckpoint(path, make(1));
    // A folder in the way of the file that is to be replaced.
    rmSync(join(path, FILES[1]!));
    mkdirSync(join(path, FILES[1]!, 'inside'), { recursive: true });
    await expect(saveCheckpoint(path, make(2))).rejects.toThrow(
      /could not be saved .*(EISDIR|ENOTEMPTY|EEXIST)/,
    );
    expect(readdirSync(path).filter((name) => /partial|lock/.test(name))).toEqual([]);
  });

  it('keeps many savers that are not awaited in order: what loads is the last, whole', async () => {
    for (let round = 0; round < 3; round++) {
      const resolved: number[] = [];
      const saves = Array.from({ length: 8 }, (_, i) =>
        saveCheckpoint(path, make(10 * round + i)).then(() => resolved.push(10 * round + i)),
      );
      await saves[2];
      expect(numbersOf(await loadCheckpoint(path))).toHaveLength(1);
      await Promise.all(saves);
      expect(resolved).toEqual(Array.from({ length: 8 }, (_, i) => 10 * round + i));
      expect(numbersOf(await loadCheckpoint(path))).toEqual([resolved.at(-1)]);
    }
    expect(readdirSync(path).sort()).toEqual(FILES);
  });
});

describe('a stopped saver', () => {
  const waiting = (name: string, folder = path): string => {
    const { checksums } = JSON.parse(readFileSync(join(folder, FILES[0]!), 'utf8'));
    return `${name}.${checksums[name].slice(0, 16)}`;
  };

  it('before the manifest is replaced leaves the old checkpoint', async () => {
    await saveCheckpoint(path, make(1));
    const next = `${path}-next`;
    await saveCheckpoint(next, make(2));
    cpSync(join(next, FILES[1]!), join(path, waiting(FILES[1]!, next)));
    writeFileSync(join(path, `${FILES[2]}.0123456789abcdef.0123456789abcdef.partial`), 'half');
    writeFileSync(join(path, 'checkpoint.lock.999999999.1.0123456789abcdef.localhost'), '');
    expect(numbersOf(await loadCheckpoint(path))).toEqual([1]);
    rmSync(join(path, 'checkpoint.lock.999999999.1.0123456789abcdef.localhost'));
    await saveCheckpoint(path, make(3));
    expect(readdirSync(path).sort()).toEqual(FILES);
    expect(numbersOf(await loadCheckpoint(path))).toEqual([3]);
  });

  it('after it leaves the new one, with one file settled, with none, or with an old one not yet gone', async () => {
    const old = `${path}-old`;
    await saveCheckpoint(old, make(1));
    await saveCheckpoint(path, make(2));
    for (const unsettled of [[FILES[1]!], [FILES[2]!], [FILES[1]!, FILES[2]!]]) {
      for (const name of unsettled) {
        renameSync(join(path, name), join(path, waiting(name)));
        cpSync(join(old, name), join(path, name));
      }
      expect(numbersOf(await loadCheckpoint(path))).toEqual([2]);
      await saveCheckpoint(path, make(2));
      expect(readdirSync(path).sort()).toEqual(FILES);
    }
  });

  it('of an earlier release, between two renames, leaves a folder that still loads', async () => {
    await saveCheckpoint(`${path}.previous`, make(4));
    expect(numbersOf(await loadCheckpoint(path))).toEqual([4]);
  });

  it('of a first save leaves a folder that can be saved to', async () => {
    mkdirSync(path);
    writeFileSync(join(path, `${FILES[1]}.0123456789abcdef`), 'half');
    writeFileSync(join(path, `${FILES[0]}.0123456789abcdef.partial`), 'half');
    expect(await inspectCheckpoint(path)).toBeUndefined();
    await saveCheckpoint(path, make(4));
    expect(readdirSync(path).sort()).toEqual(FILES);
  });
});

describe('inspectCheckpoint', () => {
  it('says what is there', async () => {
    expect(await inspectCheckpoint(path)).toBeUndefined();
    await saveCheckpoint(path, make(7));
    expect(await inspectCheckpoint(path)).toEqual({ updates: 7 });
    await saveCheckpoint(path, make(7, false));
    expect(await inspectCheckpoint(path)).toEqual({ updates: undefined });
  });
});

describe('a checkpoint of format version 1', () => {
  const fixture = fileURLToPath(new URL('../fixtures/version1', import.meta.url));

  it('loads as it did, and is replaced by one of version 2', async () => {
    cpSync(fixture, path, { recursive: true });
    const loaded = await loadCheckpoint(path);
    expect(loaded.config).toEqual(model.config);
    expect(loaded.parameters).toEqual(initial);
    const { normalisation: _, ...asThen } = vocabulary.toJSON();
    expect((loaded.vocabulary as Bpe).toJSON()).toEqual(asThen);
    expect((loaded.vocabulary as Bpe).normalise('a  b')).toBe('a  b');
    const size = model.parameterCount();
    expect(loaded.training).toEqual({
      rule: { name: 'radam', options: { beta1: 0.9 } },
      position: { epoch: 1, index: 2 },
      optimizer: {
        updates: 7,
        m: Float32Array.from({ length: size }, (_, i) => i / 8),
        v: Float32Array.from({ length: size }, (_, i) => i / 16),
      },
    });
    await saveCheckpoint(path, make(8));
    expect(numbersOf(await loadCheckpoint(path))).toEqual([8]);
    expect(JSON.parse(readFileSync(join(path, FILES[0]!), 'utf8')).version).toBe(2);
  });
});
