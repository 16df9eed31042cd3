import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { crc32c } from './crc32c';
import reference from './fixtures/tensorboardEvents.json' with { type: 'json' };
import { record, scalarsEvent, startEvent, textEvent, versionEvent } from './tensorBoardEvents';
import { TensorBoardWriter } from './tensorBoardWriter';

const folder = mkdtempSync(join(tmpdir(), 'steadyformer-tensorboard-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('crc32c', () => {
  // RFC 3720, B.4.
  it.each<[string, Uint8Array, number]>([
    ['zeros', new Uint8Array(32), 0x8a9136aa],
    ['ones', new Uint8Array(32).fill(255), 0x62a8ab43],
    ['rising', Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ['falling', Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
  ])('of 32 bytes, %s', (_name, bytes, sum) => {
    expect(crc32c(bytes)).toBe(sum);
  });
});

describe('events', () => {
  const { wallTime } = reference;
  const ours: Record<keyof typeof reference.records, Uint8Array> = {
    version: versionEvent(wallTime),
    scalars: scalarsEvent({ wallTime, step: 7 }, { 'train/loss': 2.5, 'train/learning rate': 7e-4 }),
    'large step': scalarsEvent({ wallTime, step: 5_000_000_000 }, { x: -1 }),
    'step 0, not a number': scalarsEvent(
      { wallTime, step: 0 },
      { x: Number.NaN, y: Number.NEGATIVE_INFINITY },
    ),
    'long text': textEvent({ wallTime, step: 1 }, 'config', `${'method: admin\n'.repeat(40)}Größe`),
    start: startEvent({ wallTime, step: 301 }),
  };

  it.each(Object.entries(reference.records))("%s: the bytes of TensorBoard's own classes", (name, hex) => {
    expect(Buffer.from(record(ours[name as keyof typeof ours])).toString('hex')).toBe(hex);
  });
});

/** The data of a file's records. */
const recordsOf = (path: string): Buffer[] => {
  const file = readFileSync(path);
  const found: Buffer[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    const data = file.subarray(at + 12, at + 12 + length);
    expect(Buffer.from(record(data))).toEqual(file.subarray(at, at + 16 + length));
    found.push(data);
    at += 16 + length;
  }
  return found;
};

/** An event without its time: a double, after one byte. */
const timeless = (event: Uint8Array): string => Buffer.from(event.subarray(9)).toString('hex');

describe('TensorBoardWriter', () => {
  it('writes a file of its own, and tells where a run goes on', async () => {
    const runs = join(folder, 'a', 'run');
    const first = await TensorBoardWriter.open(runs);
    await first.scalars(1, { 'train/loss': 2 });
    await first.text(1, 'config', 'seed: 1');
    await first.close();
    await first.close();
    const second = await TensorBoardWriter.open(runs, { resumedAfter: 300 });
    await second.scalars(301, { 'train/loss': 1 });
    await second.close();
    expect(
      readdirSync(runs)
        .sort()
        .map((name) => join(runs, name)),
    ).toEqual([first.path, second.path]);
    const when = (step: number) => ({ wallTime: 0, step });
    expect(recordsOf(first.path).map(timeless)).toEqual(
      [
        versionEvent(0),
        scalarsEvent(when(1), { 'train/loss': 2 }),
        textEvent(when(1), 'config', 'seed: 1'),
      ].map(timeless),
    );
    expect(recordsOf(second.path).map(timeless)).toEqual(
      [versionEvent(0), startEvent(when(301)), scalarsEvent(when(301), { 'train/loss': 1 })].map(timeless),
    );
    const age = Date.now() / 1000 - recordsOf(second.path)[2]!.readDoubleLE(1);
    expect(age).toBeGreaterThanOrEqual(0);
    expect(age).toBeLessThan(60);
  });

  it('refuses what it cannot write, and the file stays whole', async () => {
    const writer = await TensorBoardWriter.open(join(folder, 'b'));
    await writer.scalars(1, { x: 1 });
    const before = readFileSync(writer.path);
    await expect(writer.scalars(-1, { x: 1 })).rejects.toThrow('scalars() step: received -1');
    await expect(writer.scalars(1, { x: '1' } as never)).rejects.toThrow("values['x']: received '1'");
    await expect(writer.scalars(1, null as never)).rejects.toThrow('scalars() values: received null');
    await expect(writer.text(1, 3 as never, '')).rejects.toThrow('text() tag: received 3');
    expect(readFileSync(writer.path)).toEqual(before);
    const one = writer.scalars(2, { x: 1 });
    await expect(writer.scalars(3, { x: 1 })).rejects.toThrow('still running');
    await one;
    expect(recordsOf(writer.path)).toHaveLength(3);
    await writer.close();
    await expect(writer.scalars(4, { x: 1 })).rejects.toThrow('is closed');
  });

  it('cuts off what a full disk left of an event, and goes on once there is room', async () => {
    const writer = await TensorBoardWriter.open(join(folder, 'full'));
    await writer.scalars(1, { x: 1 });
    const { handle: file } = (
      writer as unknown as { file: { handle: import('node:fs/promises').FileHandle } }
    ).file;
    const write = file.write.bind(file) as (
      bytes: Uint8Array,
      from: number,
      n: number,
      at: number,
    ) => unknown;
    const half = vi
      .spyOn(file, 'write')
      .mockImplementation((async (bytes: Uint8Array, _from: number, _n: number, at: number) =>
        write(bytes, 0, 9, at)) as never);
    await expect(writer.scalars(2, { x: 2 })).rejects.toThrow(/cannot be written \(the disk is full\)/);
    half.mockRestore();
    await writer.scalars(3, { x: 3 });
    await writer.close();
    expect(timeless(recordsOf(writer.path)[2]!)).toBe(
      timeless(scalarsEvent({ wallTime: 0, step: 3 }, { x: 3 })),
    );
  });

  it('says what is wrong with the folder, or an option', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    await expect(TensorBoardWriter.open(file)).rejects.toThrow(
      /the log '.*file' cannot be written \(EEXIST\)/,
    );
    await expect(TensorBoardWriter.open(folder, { resumedAftr: 1 } as never)).rejects.toThrow(
      "did you mean 'resumedAfter'",
    );
    await expect(TensorBoardWriter.open(folder, { resumedAfter: -1 })).rejects.toThrow('received -1');
    await expect(TensorBoardWriter.open(7 as never)).rejects.toThrow('folder: received 7');
  });
});
