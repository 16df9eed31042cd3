import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { randomStream } from '@steadyformer/core';
import { JsonLinesLog, type LogRecord, readJsonLinesLog } from '@steadyformer/translate/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundled } from '../support/bundle';

const kills = process.env.STEADYFORMER_LONG === '1' ? 200 : 10;
const root = mkdtempSync(join(tmpdir(), 'steadyformer-logs-'));
afterAll(() => rmSync(root, { recursive: true }));

let program = '';
beforeAll(async () => {
  program = fileURLToPath(await bundled(new URL('log.entry.ts', import.meta.url), 'log'));
});

/** Lets the program write, and kills it so many milliseconds after it opens the log; gives the last update it said. */
const writtenUntilKilled = (path: string, ms: number): Promise<number> =>
  new Promise((resolve) => {
    const child = spawn(process.execPath, [program, path, existsSync(path) ? 'yes' : 'no'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let said = '';
    child.stdout.on('data', (chunk) => {
      if (said === '') setTimeout(() => child.kill('SIGKILL'), ms);
      said += chunk;
    });
    child.on('close', () => resolve(Number(said.split('\n').slice(1, -1).at(-1) ?? 0)));
  });

const read = async (path: string): Promise<LogRecord[]> => {
  const records: LogRecord[] = [];
  for await (const record of readJsonLinesLog(path)) records.push(record);
  return records;
};

describe('JsonLinesLog', () => {
  it(
    `has each update once and in order, and none lost that was written, after ${kills} kills`,
    async () => {
      const path = join(root, 'log.jsonl');
      const random = randomStream(3);
      let most = 0;
      for (let i = 0; i < kills; i++) {
        const last = await writtenUntilKilled(path, Math.floor(random.uniformAt(i) * 40));
        const records = existsSync(path) ? await read(path) : [];
        const updates = records.flatMap(({ update }) => (update === undefined ? [] : [update]));
        // A log that was about to be opened may still hold what a resumed run makes again.
        expect(updates).toEqual(updates.map((_, k) => k + 1));
        expect(updates.length).toBeGreaterThanOrEqual(Math.max(last, most - 4));
        for (const { update = 0, text = '' } of records) expect(text).toBe('ü'.repeat(update % 50));
        most = updates.length;
      }
      expect(most).toBeGreaterThan(kills);
      await (await JsonLinesLog.open(path, { resumedAfter: 0 })).close();
      const kept = await read(path);
      expect(kept.length).toBeGreaterThan(0);
      expect(kept.every(({ event, update }) => event === 'start' && update === undefined)).toBe(true);
      // What a process leaves that is killed while it writes the file anew is gone.
      expect(readdirSync(root)).toEqual(['log.jsonl']);
    },
    60_000 + kills * 3000,
  );
});
