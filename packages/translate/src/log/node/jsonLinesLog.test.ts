import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomStream } from '@steadyformer/core';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { JsonLinesLog } from './jsonLinesLog';
import type { LogEvent, LogRecord } from './logRecord';
import { readJsonLinesLog } from './readJsonLinesLog';

const root = mkdtempSync(join(tmpdir(), 'steadyformer-jsonlines-'));
afterAll(() => rmSync(root, { recursive: true }));
let folder = '';
let made = 0;
const fresh = (): string => {
  folder = join(root, String(made++));
  mkdirSync(folder);
  return join(folder, 'log.jsonl');
};
beforeAll(() => void fresh());

const read = async (path: string): Promise<LogRecord[]> => {
  const records: LogRecord[] = [];
  for await (const record of readJsonLinesLog(path)) records.push(record);
  return records;
};

const written = async (records: readonly LogEvent[], path = fresh()): Promise<string> => {
  const log = await JsonLinesLog.open(path);
  for (const record of records) await log.write(record);
  await log.close();
  return path;
};

describe('JsonLinesLog', () => {
  it('writes a line a record, event and update first, in a folder that it makes', async () => {
    const path = join(fresh(), '..', 'runs', 'one', 'log.jsonl');
    const log = await JsonLinesLog.open(path);
    await log.write({ loss: 2.5, update: 1, event: 'update', rate: undefined });
    await log.write({ event: 'notice', text: 'a\nb\u2028c' });
    // Before the log is closed: a killed process loses nothing.
    expect(readFileSync(path, 'utf8')).toBe(
      '{"event":"update","update":1,"loss":2.5}\n{"event":"notice","text":"a\\nb\u2028c"}\n',
    );
    await log.flush();
    await log.close();
    await log.close();
    await expect(log.write({ event: 'update' })).rejects.toThrow('is closed. Open the log again.');
    await expect(log.flush()).rejects.toThrow('is closed');
  });

  it('gives back what was written, numbers that JSON lacks included', async () => {
    const records = [
      {
        event: 'update',
        update: 0,
        loss: Number.NaN,
        norm: Number.POSITIVE_INFINITY,
        list: [-1 / 0, 1e-300],
      },
      { event: 'sample', source: 'Infinity', target: "'NaN", nested: { deep: [null, true, 'ß'] } },
    ];
    const path = await written(records);
    expect(await read(path)).toEqual(records);
    const [first] = readFileSync(path, 'utf8').split('\n');
    expect(JSON.parse(first!)).toEqual({
      event: 'update',
      update: 0,
      loss: 'NaN',
      norm: 'Infinity',
      list: ['-Infinity', 1e-300],
    });
  });

  it('removes what is made again, wherever it stands, and keeps what belongs to no update', async () => {
    const path = await written([
      { event: 'start' },
      { event: 'update', update: 1 },
      { event: 'update', update: 3 },
      { event: 'notice' },
      { event: 'update', update: 2 },
      { event: 'update', update: 4 },
    ]);
    const log = await JsonLinesLog.open(path, { resumedAfter: 2 });
    await log.write({ event: 'update', update: 3, again: true });
    await log.close();
    expect(await read(path)).toEqual([
      { event: 'start' },
      { event: 'update', update: 1 },
      { event: 'notice' },
      { event: 'update', update: 2 },
      { event: 'update', update: 3, again: true },
    ]);
    expect(readdirSync(folder)).toEqual(['log.jsonl']);
  });

  it('goes on from a log that was cut off at any byte, and reads it, as a list of records would', async () => {
    const stream = randomStream(5);
    let draws = 0;
    const random = (): number => stream.uniformAt(draws++);
    const pick = (below: number): number => Math.floor(random() * below);
    for (let trial = 0; trial < 60; trial++) {
      const records: LogRecord[] = Array.from({ length: pick(12) }, (_, i) => ({
        event: 'é'.repeat(1 + pick(3)),
        ...(random() < 0.3 ? {} : { update: pick(8) }),
        i,
      }));
      const path = await written(records);
      const whole = readFileSync(path);
      const cut = pick(whole.length + 1);
      // A power cut leaves zeros.
      writeFileSync(path, Buffer.concat([whole.subarray(0, cut), Buffer.alloc(random() < 0.2 ? 5 : 0)]));
      const ends = records.map((_, i) =>
        records.slice(0, i + 1).reduce((sum, record) => sum + lineOf(record).length, 0),
      );
      const zeros = readFileSync(path).length - cut;
      // A record that lacks its newline alone is whole.
      const left = records.filter((_, i) => ends[i]! - (zeros ? 0 : 1) <= cut);
      expect(await read(path)).toEqual(left);
      const resumedAfter = pick(8);
      const log = await JsonLinesLog.open(path, { resumedAfter });
      await log.write({ event: 'more', update: 9 });
      await log.close();
      expect(await read(path)).toEqual([
        ...left.filter(({ update = 0 }) => update <= resumedAfter),
        { event: 'more', update: 9 },
      ]);
    }
  });

  it('leaves a log alone that nothing is removed from, and clears away what a killed process left', async () => {
    const path = await written([{ event: 'update', update: 2 }]);
    const before = readFileSync(path);
    writeFileSync(`${path}.0123456789abcdef.partial`, '');
    await (await JsonLinesLog.open(path, { resumedAfter: 2 })).close();
    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(folder)).toEqual(['log.jsonl']);
  });

  it('is the file that a link leads to', async () => {
    const path = await written([{ event: 'a', update: 2 }, { event: 'b' }]);
    symlinkSync(path, join(folder, 'link'));
    await (await JsonLinesLog.open(join(folder, 'link'), { resumedAfter: 1 })).close();
    expect(readFileSync(path, 'utf8')).toBe('{"event":"b"}\n');
  });

  const damaged: readonly [string, string, string | RegExp][] = [
    [
      'a line that is no JSON',
      '{"event":"a"}\n{"event":\n{"event":"b"}\n',
      ':2: is no record of a log: not JSON',
    ],
    ['an empty line', '{"event":"a"}\n\n', ':2: is no record of a log: not JSON'],
    ['a list', '[1]\n', ":1: received [1], allowed an object with 'event'"],
    ['no event', '{"event":"a"}\n{"update":1}\n', ':2: event: received undefined, allowed a text'],
    ['no update', '{"event":"a","update":-1}', ':1: update: received -1, allowed whole numbers >= 0'],
    ['bytes that are no UTF-8', '{"event":"\xff"}\n', ':1: is no record'],
    ['another text', 'Dear diary', ':1: is no record of a log: not JSON. Mend or delete that line'],
    ['JSON over lines', '{\n  "event": "a"\n}\n', ':1: is no record'],
  ];
  it.each(damaged)('names file and line of %s, and changes nothing', async (_what, content, message) => {
    const path = fresh();
    writeFileSync(path, content, 'latin1');
    const before = readFileSync(path);
    await expect(read(path)).rejects.toThrow(`${path}${message}`);
    await expect(JsonLinesLog.open(path, { resumedAfter: 0 })).rejects.toThrow(`${path}${message}`);
    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(folder)).toEqual(['log.jsonl']);
  });

  it('goes no further into a line than a record is long', async () => {
    const path = fresh();
    writeFileSync(path, Buffer.alloc(17 * 2 ** 20, '{'));
    await expect(JsonLinesLog.open(path)).rejects.toThrow(':1: is no record of a log');
    const log = await JsonLinesLog.open(fresh());
    await expect(log.write({ event: 'x', text: 'a'.repeat(2 ** 24) })).rejects.toThrow(
      /record: is 167772\d\d bytes as JSON, allowed 16777216\. Write it to a file of its own\.$/u,
    );
    await log.close();
  });

  it('refuses what is no record, and the file stays whole', async () => {
    const path = fresh();
    const log = await JsonLinesLog.open(path);
    await expect(log.write({ event: 'x', when: new Date(0) })).rejects.toThrow(
      'JsonLinesLog.write() record.when: received a Date',
    );
    await expect(log.write({ update: 1 } as never)).rejects.toThrow('record: event: received undefined');
    await expect(log.write({ event: 'x', update: Number.NaN })).rejects.toThrow('update: received NaN');
    await expect(log.write(null as never)).rejects.toThrow('record: received null');
    const one = log.write({ event: 'x' });
    await expect(log.write({ event: 'y' })).rejects.toThrow('still running');
    await one;
    await log.close();
    expect(readFileSync(path, 'utf8')).toBe('{"event":"x"}\n');
  });

  it('says what is wrong with the path, or an option', async () => {
    const path = fresh();
    await expect(JsonLinesLog.open(folder)).rejects.toThrow(`the log '${folder}' cannot be written (EISDIR)`);
    writeFileSync(path, '');
    await expect(JsonLinesLog.open(join(path, 'a'))).rejects.toThrow(/cannot be written \(E(EXIST|NOTDIR)\)/);
    await expect(JsonLinesLog.open('')).rejects.toThrow("path: received '', allowed the path of a file");
    await expect(JsonLinesLog.open(path, { resumedAftr: 1 } as never)).rejects.toThrow(
      "did you mean 'resumedAfter'",
    );
    await expect(JsonLinesLog.open(path, { resumedAfter: -1 })).rejects.toThrow('received -1');
    await expect(read(join(folder, 'none'))).rejects.toThrow('none: the log cannot be read (ENOENT)');
    await expect(read(7 as never)).rejects.toThrow('readJsonLinesLog() path: received 7');
  });
});

const lineOf = (record: LogRecord): Buffer => Buffer.from(`${JSON.stringify(record)}\n`);

describe('a full disk', () => {
  it.runIf(process.platform === 'linux')('is an error that names the file', async () => {
    const log = await JsonLinesLog.open('/dev/full');
    for (let i = 0; i < 2; i++)
      await expect(log.write({ event: 'x' })).rejects.toThrow(
        "the log '/dev/full' cannot be written (the disk is full). Make room",
      );
    await log.close();
  });

  it.each([true, false])('leaves no part of a record, and is written to once there is room', async (cuts) => {
    const path = fresh();
    const log = await JsonLinesLog.open(path);
    await log.write({ event: 'x', update: 1 });
    const { handle } = (log as unknown as { file: { handle: FileHandle } }).file;
    const write = handle.write.bind(handle) as (
      bytes: Uint8Array,
      from: number,
      n: number,
      at: number,
    ) => unknown;
    const half = vi
      .spyOn(handle, 'write')
      .mockImplementation((async (bytes: Uint8Array, _from: number, _n: number, at: number) =>
        write(bytes, 0, 20, at)) as never);
    const cutting = vi.spyOn(handle, 'truncate');
    if (!cuts) cutting.mockRejectedValueOnce(new Error('not now'));
    await expect(log.write({ event: 'long', text: 'a'.repeat(100) })).rejects.toThrow('(the disk is full)');
    half.mockRestore();
    await log.write({ event: 'y' });
    await log.close();
    expect(readFileSync(path, 'utf8')).toBe('{"event":"x","update":1}\n{"event":"y"}\n');
  });

  it('or whatever else keeps a log from being written anew leaves it as it was', async () => {
    // So long a name that no other file beside it can have it with an ending.
    const path = join(fresh(), '..', `${'l'.repeat(240)}.jsonl`);
    await written([{ event: 'a', update: 2 }, { event: 'b' }], path);
    const before = readFileSync(path);
    await expect(JsonLinesLog.open(path, { resumedAfter: 1 })).rejects.toThrow(
      'cannot be written (ENAMETOOLONG)',
    );
    expect(readFileSync(path)).toEqual(before);
  });
});
