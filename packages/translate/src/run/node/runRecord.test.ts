import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { machine } from '@steadyformer/core/node';
import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { fingerprintFiles } from './fingerprint';
import { type RunRecord, readRunRecord, writeRunRecord } from './runRecord';
import { type RunStart, runStart } from './runStart';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steadyformer-record-'));
});
afterEach(() => rm(folder, { recursive: true }));

const start: RunStart = {
  time: '2026-01-31T12:00:00.000Z',
  command: ['node', 'train.mjs', '--set', 'seed=3'],
  directory: '/home/me',
  backend: 'onnxruntime',
  versions: { node: 'v24.0.0', tfjs: '4.22.0', packages: { '@steadyformer/core': '1.0.0' } },
  machine: { platform: 'linux', arch: 'x64', processor: 'P', cores: 2, memory: 2 ** 33, freeMemory: 2 ** 32 },
};
const record: RunRecord = {
  config: {
    model: { width: 64, method: 'admin' },
    clip: Number.POSITIVE_INFINITY,
    note: 'NaN',
    files: ['a'],
  },
  seed: 3,
  data: [{ path: 'train.en', bytes: 12, sha256: 'ab'.repeat(32) }],
  starts: [start],
};

describe('fingerprintFiles', () => {
  it('gives size and SHA-256 of each file', async () => {
    // FIPS 180-2, B.1 and B.2; and a file of many pieces.
    const big = Buffer.alloc(3_500_001, 'xyz');
    const files: [string, string | Buffer, string][] = [
      ['abc', 'abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
      ['empty', '', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
      ['big', big, createHash('sha256').update(big).digest('hex')],
    ];
    for (const [name, content] of files) await writeFile(join(folder, name), content);
    expect(await fingerprintFiles(files.map(([name]) => join(folder, name)))).toEqual(
      files.map(([name, { length: bytes }, sha256]) => ({ path: join(folder, name), bytes, sha256 })),
    );
    expect(await fingerprintFiles([])).toEqual([]);
  });

  it('names what cannot be read', async () => {
    await expect(fingerprintFiles([join(folder, 'none')])).rejects.toThrow(
      `${join(folder, 'none')}: the file cannot be read (ENOENT). Check the path.`,
    );
    await expect(fingerprintFiles([folder])).rejects.toThrow(`${folder}: the file cannot be read (EISDIR)`);
    await expect(fingerprintFiles('a' as never)).rejects.toThrow('paths: received');
    await expect(fingerprintFiles([1] as never)).rejects.toThrow('paths[0]: received 1, allowed a text');
  });
});

describe('runStart', () => {
  it('says how this process was called and what it runs on', async () => {
    expect(runStart().backend).toBe(tf.getBackend() ?? '');
    await tf.setBackend('cpu');
    const before = Date.now();
    const { time, command, directory, backend, versions, machine: on } = runStart();
    expect(Date.parse(time)).toBeGreaterThanOrEqual(before);
    expect(command.slice(-process.argv.length + 1)).toEqual(process.argv.slice(1));
    expect(directory).toBe(process.cwd());
    expect(backend).toBe('cpu');
    expect(versions).toMatchObject({ node: process.version, tfjs: tf.version.tfjs });
    expect(versions.packages['@steadyformer/translate']).toBe(manifest.version);
    expect({ ...on, freeMemory: 0 }).toEqual({ ...machine(), freeMemory: 0 });
  });
});

describe('writeRunRecord, readRunRecord', () => {
  it('give back what was written, in a folder that is made', async () => {
    const run = join(folder, 'runs', 'one');
    expect(await readRunRecord(run)).toBeUndefined();
    await writeRunRecord(run, record);
    expect(await readRunRecord(run)).toEqual(record);
    const resumed = { ...record, starts: [...record.starts, runStart()] };
    await writeRunRecord(run, resumed);
    expect(await readRunRecord(run)).toEqual(resumed);
    expect(await readdir(run)).toEqual(['run.json']);
    const json = JSON.parse(await readFile(join(run, 'run.json'), 'utf8'));
    expect(json).toMatchObject({ format: 'steadyformer-run', version: 1, config: { clip: 'Infinity' } });
  });

  it('refuse what is no record, and the old one stays', async () => {
    await writeRunRecord(folder, record);
    const refused: [unknown, string][] = [
      [{ ...record, seed: '3' }, "record.seed: received '3', allowed finite numbers"],
      [{ ...record, sed: 3 }, "record: unknown option 'sed', did you mean 'seed'?"],
      [{ ...record, starts: [start, { ...start, time: 'now' }] }, "record.starts[1].time: received 'now'"],
      [
        { ...record, data: [{ ...record.data[0], sha256: 'AB'.repeat(32) }] },
        'record.data[0].sha256: received ',
      ],
      [
        { ...record, config: { model: { rate: () => 1 } } },
        'record.config.model.rate: received the function',
      ],
      [{ ...record, config: [] }, 'record.config: received [], allowed an object'],
      [{ config: {}, seed: 1, data: [] }, 'record.starts: received undefined, allowed a list of starts'],
    ];
    for (const [value, message] of refused)
      await expect(writeRunRecord(folder, value as RunRecord)).rejects.toThrow(`writeRunRecord() ${message}`);
    expect(await readRunRecord(folder)).toEqual(record);
    expect(await readdir(folder)).toEqual(['run.json']);
  });

  it('say in one line what is wrong with the file', async () => {
    const path = join(folder, 'run.json');
    const good = { format: 'steadyformer-run', version: 1, ...record, config: {} };
    const NEXT = 'The file is damaged or was edited by hand; use another copy.';
    const damaged: [string, string][] = [
      ['', `${path}: not JSON. ${NEXT}`],
      [JSON.stringify(good).slice(0, 200), `${path}: not JSON. ${NEXT}`],
      ['[]', `${path}: received [], allowed an object of format, version, .... ${NEXT}`],
      [
        JSON.stringify({ ...good, version: 2 }),
        `${path}: received format 'steadyformer-run' version 2, allowed 'steadyformer-run' version 1. ${NEXT}`,
      ],
      [
        JSON.stringify({ ...good, starts: [{ ...start, machine: { ...start.machine, cores: 0 } }] }),
        `${path}.starts[0].machine.cores: received 0, allowed whole numbers >= 1. ${NEXT}`,
      ],
      [
        JSON.stringify({ ...good, seed: null }),
        `${path}.seed: received null, allowed finite numbers. ${NEXT}`,
      ],
      ['['.repeat(5000) + ']'.repeat(5000), `${path}: received [[[...]]], allowed an object`],
    ];
    for (const [content, message] of damaged) {
      await writeFile(path, content);
      const error = await readRunRecord(folder).then(
        () => undefined,
        (thrown: Error) => thrown,
      );
      expect(error?.name).toBe('SteadyformerError');
      expect(error?.message.slice(0, message.length)).toBe(message);
    }
  });

  it('say where the folder or the disk is in the way', async () => {
    await writeFile(join(folder, 'file'), '');
    await expect(writeRunRecord(join(folder, 'file'), record)).rejects.toThrow(
      /file\/run\.json' cannot be written \(E(EXIST|NOTDIR)\)\. Make room/,
    );
    await expect(readRunRecord(join(folder, 'file'))).rejects.toThrow("run.json' cannot be read (ENOTDIR)");
    await mkdir(join(folder, 'taken', 'run.json'), { recursive: true });
    await expect(writeRunRecord(join(folder, 'taken'), record)).rejects.toThrow(
      /cannot be written \((EISDIR|ENOTEMPTY|EEXIST)\)/,
    );
    expect(await readdir(join(folder, 'taken'))).toEqual(['run.json']);
    await expect(readRunRecord('')).rejects.toThrow("readRunRecord() folder: received ''");
  });
});
