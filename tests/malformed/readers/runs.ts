import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  JsonLinesLog,
  type Ranks,
  readJsonLinesLog,
  readRunRecord,
  receiveRun,
  runStart,
} from '@steadyformer/translate/node';
import { inFolder } from '../folder';
import { agrees, bytesReader, jsonTextReader, type Reader } from '../reader';

const records = [
  { event: 'start', backend: 'cpu' },
  { event: 'update', update: 1, loss: 2.5, norms: [1, 2] },
  { event: 'update', update: 2, loss: 'NaN' },
  { event: 'notice', text: 'ü\n"q"' },
  { event: 'update', update: 3, nested: { a: [{ b: true }] } },
];
const encode = (text: string) => new TextEncoder().encode(text);
const logOf = (given: readonly object[]) =>
  encode(given.map((record) => `${JSON.stringify(record)}\n`).join(''));
const logs = [() => logOf(records), () => logOf(records.slice(0, 2)), () => logOf(records).subarray(0, -9)];

const depth = (value: unknown): number => {
  let levels = 0;
  for (let row = [value]; row.length > 0; levels++)
    row = row.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []));
  return levels - 1;
};

/** What the lines hold, by an independent reading of the whole. */
const standing = (bytes: Uint8Array): Readonly<Record<string, unknown>>[] | 'malformed' => {
  const found: Readonly<Record<string, unknown>>[] = [];
  const lines = Buffer.from(bytes).toString('latin1').split('\n');
  for (const [i, latin1] of lines.entries()) {
    const isLast = i === lines.length - 1;
    if (isLast && latin1 === '') continue;
    let record: unknown;
    try {
      const utf8 = new TextDecoder('utf-8', { fatal: true });
      record = JSON.parse(utf8.decode(Buffer.from(latin1, 'latin1')));
    } catch {
      if (isLast && (latin1.startsWith('{') || /^\0+$/.test(latin1))) continue;
      return 'malformed';
    }
    if (typeof record !== 'object' || record === null || Array.isArray(record)) return 'malformed';
    const { event, update = 0 } = record as { event?: unknown; update?: unknown };
    if (typeof event !== 'string' || !Number.isSafeInteger(update) || Number(update) < 0) return 'malformed';
    found.push(record as Readonly<Record<string, unknown>>);
  }
  return found;
};

/** With the numbers that JSON has no form for. */
const revived = (value: unknown): unknown => {
  if (typeof value === 'string' && /^'*(NaN|-?Infinity)$/.test(value))
    return value[0] === "'" ? value.slice(1) : Number(value);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(revived);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revived(item)]));
};

const recordsIn = (bytes: Uint8Array) => {
  const found = standing(bytes);
  return found === 'malformed' || depth(found) > 101 ? 'malformed' : (revived(found) as object[]);
};

const more = { event: 'more', update: 9 };
/** What a log is that a run goes on with after its second update. */
const goneOn = (bytes: Uint8Array) => {
  const found = standing(bytes);
  if (found === 'malformed') return found;
  return [...found.filter(({ update = 0 }) => Number(update) <= 2), more];
};

const logFile = <T>(bytes: Uint8Array, use: (path: string) => Promise<T>) =>
  inFolder((folder) => {
    const path = join(folder, 'log.jsonl');
    writeFileSync(path, bytes);
    return use(path);
  });

const run = JSON.stringify({
  ...{ format: 'steadyformer-run', version: 1 },
  config: { model: { width: 8, depths: [1, 2] }, clip: 'Infinity' },
  seed: 1,
  data: [{ path: 'a.en', bytes: 3, sha256: 'ab'.repeat(32) }],
  starts: [runStart()],
});

const runIn = (text: string): unknown => {
  try {
    const { format, version, ...rest } = JSON.parse(text) as Record<string, unknown>;
    if (format !== 'steadyformer-run' || version !== 1 || depth(rest) > 100) return 'malformed';
    return revived(rest);
  } catch {
    return 'malformed';
  }
};

/** Rank 1 of a host that says this. */
const toldBy = (text: string): Ranks => {
  const bytes = encode(text);
  let calls = 0;
  return {
    ...{ rank: 1, size: 2 },
    allReduce: async () => {},
    broadcast: async (array) => {
      calls++;
      if (calls === 1) array[0] = bytes.length;
      else if (calls === 2) array.set(bytes);
    },
    finalize: async () => {},
  };
};
const sent = JSON.stringify({ config: { data: { train: 'a.txt' }, seed: 3 }, names: [] });

export const runs: readonly Reader[] = [
  jsonTextReader({
    name: 'translate/node: receiveRun',
    sound: [() => sent],
    read: async (text) => {
      const { config, dispose } = await receiveRun(toldBy(text));
      await dispose();
      const { output: _, ...rest } = config;
      return rest;
    },
    judge: (found, text) => {
      const { output: _, ...said } = (
        JSON.parse(Buffer.from(text).toString()) as { config: object & { output?: unknown } }
      ).config;
      return isDeepStrictEqual({ ...found }, said) ? undefined : 'took another config than was sent';
    },
  }),
  bytesReader({
    name: 'translate/node: readJsonLinesLog',
    sound: logs,
    read: (bytes) =>
      logFile(bytes, async (path) => {
        const found: object[] = [];
        for await (const record of readJsonLinesLog(path)) found.push(record);
        return found;
      }),
    judge: (result, bytes) => agrees(result, recordsIn(bytes)),
  }),
  bytesReader({
    name: 'translate/node: JsonLinesLog.open',
    sound: logs,
    read: (bytes) =>
      logFile(bytes, async (path) => {
        const log = await JsonLinesLog.open(path, { resumedAfter: 2 });
        await log.write(more);
        await log.close();
        return standing(readFileSync(path)) as object[];
      }),
    judge: (result, bytes) => agrees<object[]>(result, goneOn(bytes)),
  }),
  jsonTextReader({
    name: 'translate/node: readRunRecord',
    sound: [() => run],
    read: (text) =>
      inFolder(async (folder) => {
        writeFileSync(join(folder, 'run.json'), text);
        return readRunRecord(folder);
      }),
    // Of half a character a file has no form.
    judge: (result, text) => agrees<unknown>(result, runIn(Buffer.from(text).toString())),
  }),
];
