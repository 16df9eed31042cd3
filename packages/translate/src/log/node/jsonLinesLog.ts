import { createReadStream, constants as flags } from 'node:fs';
import { mkdir, open, realpath, stat, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { check, fields, OneAtATime, parseAs, SteadyformerError, whole } from '@steadyformer/core';
import { clearPartials, replaceFile } from '@steadyformer/core/node';
import * as v from 'valibot';
import { errorCode } from '../../checks/node/errorCode';
import type { SchemasOf } from '../../checks/schemas';
import { AppendedFile, cannotWrite } from './appendedFile';
import { byteLines } from './byteLines';
import { decodeRecord, encodeRecord, type LogEvent } from './logRecord';

/** Options of `JsonLinesLog.open`. */
export interface JsonLinesLogOptions {
  /**
   * The update a run goes on after: records of later ones, which are made again, are removed. Those without an update
   * stay. Default: all stay.
   */
  readonly resumedAfter?: number;
}

const optionFields = () =>
  fields({ resumedAfter: v.optional(whole(0)) } satisfies SchemasOf<JsonLinesLogOptions>);

/** Bytes of a file, from one position to before another. */
type Range = readonly [from: number, to: number];

interface Kept {
  readonly ranges: readonly Range[];
  /** Of the file. */
  readonly size: number;
  /** Whether the last record that is kept has a newline behind it. */
  readonly ended: boolean;
}

/** What of a log stays, by one look at every line. Neighbours are one range. */
const keptOf = async (path: string, resumedAfter: number): Promise<Kept> => {
  const ranges: [number, number][] = [];
  let size = 0;
  let ended = true;
  for await (const line of byteLines(path)) {
    size = line.to;
    const record = decodeRecord(line, path);
    if (record === undefined || (record.update ?? 0) > resumedAfter) continue;
    ended = line.ended;
    const last = ranges.at(-1);
    if (last?.[1] === line.from) last[1] = line.to;
    else ranges.push([line.from, line.to]);
  }
  return { ranges, size, ended };
};

/** Removes the rest of a file: where that is its end it is cut off, else another file takes its place. */
const keep = async (path: string, { ranges, size }: Kept): Promise<number> => {
  const total = ranges.reduce((sum, [from, to]) => sum + to - from, 0);
  if (total === size) return total;
  if (ranges.every(([from]) => from === 0)) {
    await truncate(path, total);
    return total;
  }
  await replaceFile(path, async (file) => {
    for (const [from, to] of ranges) {
      for await (const piece of createReadStream(path, { start: from, end: to - 1 }))
        await file.writeFile(piece as Uint8Array);
    }
  });
  return total;
};

/** The file behind a path, its length for new records, and whether a newline has to come before them. */
const prepare = async (
  path: string,
  resumedAfter: number,
): Promise<{ readonly file: string; readonly length: number; readonly ended: boolean }> => {
  await mkdir(dirname(path), { recursive: true });
  const found = await stat(path).catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  });
  // Devices have nothing to be removed.
  if (found === undefined || !(found.isFile() || found.isDirectory()))
    return { file: path, length: 0, ended: true };
  // Another name for the file keeps leading to it.
  const file = await realpath(path);
  await clearPartials(file);
  const kept = await keptOf(file, resumedAfter);
  return { file, length: await keep(file, kept), ended: kept.ended };
};

/**
 * A log as JSON lines: a record a line, each an object with an `event` and mostly the `update` it belongs to, for
 * `readJsonLinesLog` and for whatever reads JSON. What a call has written is with the operating system when it
 * resolves, so that a killed process loses none. NaN and infinities, which JSON lacks, are the texts 'NaN', 'Infinity'
 * and '-Infinity'; a text that is one of these has an apostrophe before it.
 */
export class JsonLinesLog {
  /** The file that is written. */
  readonly path: string;
  private readonly file: AppendedFile;
  private readonly calls: OneAtATime = new OneAtATime('JsonLinesLog');
  private closed = false;

  private constructor(path: string, file: AppendedFile) {
    this.path = path;
    this.file = file;
  }

  /**
   * Begins a log, or goes on with the one that is there, which nobody else may write then; its folder is made where it is
   * missing. Of an existing one a
   * last line that was cut off is removed, and what is to be made again. It is read line by line, and is the old one or
   * the new one whatever happens meanwhile.
   *
   * @throws SteadyformerError, with nothing changed, where a line is damaged (it names file and line) or the file
   *   cannot be written, or on unknown options
   */
  static async open(path: string, options: JsonLinesLogOptions = {}): Promise<JsonLinesLog> {
    check(typeof path === 'string' && path !== '', 'JsonLinesLog.open() path', path, 'the path of a file');
    const { resumedAfter } = parseAs(optionFields(), options, 'JsonLinesLog.open()');
    try {
      const { file, length, ended } = await prepare(path, resumedAfter ?? Number.POSITIVE_INFINITY);
      const handle = await open(file, flags.O_WRONLY | flags.O_CREAT);
      const log = new JsonLinesLog(path, new AppendedFile(path, handle, length));
      if (!ended) await log.file.append(Buffer.from('\n')).catch((error: unknown) => log.fail(error));
      return log;
    } catch (error) {
      throw cannotWrite(path, error);
    }
  }

  /**
   * Adds a record at the end. Its fields are texts, numbers, true, false, null, and lists and plain objects of these;
   * those that are undefined are left out.
   *
   * @throws SteadyformerError on what is no such record, or where the file cannot be written; then it is as it was
   */
  async write<Event extends LogEvent>(record: Event): Promise<void> {
    this.checkOpen();
    const line = encodeRecord(record, 'JsonLinesLog.write() record');
    await this.calls.run('write()', () => this.file.append(line));
  }

  /** Makes what was written outlast a power cut. @throws SteadyformerError where the disk refuses */
  async flush(): Promise<void> {
    this.checkOpen();
    await this.calls.run('flush()', () => this.file.sync());
  }

  /** Ends the log. Nothing can be written afterwards; a second call does nothing. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.calls.check('close()');
    this.closed = true;
    await this.file.close();
  }

  private checkOpen(): void {
    if (this.closed) throw new SteadyformerError(`'${this.path}' is closed. Open the log again.`);
  }

  private async fail(error: unknown): Promise<never> {
    await this.file.close();
    throw error;
  }
}
