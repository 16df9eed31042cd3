import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { randomStream } from '@steadyformer/core';
import { inspectCheckpoint, loadCheckpoint } from '@steadyformer/translate/node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundled } from '../support/bundle';
import type { WriterOptions } from './writer.entry';

const long = process.env.STEADYFORMER_LONG === '1';
const root = mkdtempSync(join(tmpdir(), 'steadyformer-writers-'));
const children = new Set<ChildProcess>();
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(root, { recursive: true });
});

let program = '';
beforeAll(async () => {
  program = fileURLToPath(await bundled(new URL('writer.entry.ts', import.meta.url), 'writer'));
});

interface Writer {
  readonly child: ChildProcess;
  /** The numbers of the saves that have resolved. */
  readonly saved: number[];
  readonly ended: Promise<number | null>;
  readonly firstSaved: Promise<void>;
}

const start = (options: WriterOptions): Writer => {
  const child = spawn(process.execPath, [program, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  const saved: number[] = [];
  let text = '';
  const firstSaved = new Promise<void>((resolve) => {
    child.stdout!.on('data', (chunk) => {
      text += chunk;
      saved.splice(0, saved.length, ...text.split('\n').slice(0, -1).map(Number));
      if (saved.length > 0) resolve();
    });
  });
  const ended = new Promise<number | null>((resolve) => {
    child.on('close', (code) => {
      children.delete(child);
      resolve(code);
    });
  });
  return { child, saved, ended, firstSaved };
};

/** Which checkpoint is there: the one number that all its numbers are. */
const numberAt = async (folder: string): Promise<number> => {
  const { config, parameters, training } = await loadCheckpoint(folder);
  const { m, v, updates } = training!.optimizer;
  const numbers = new Set([...parameters.w!.data, ...m, ...v, updates, training!.position.index]);
  numbers.add((config as unknown as { number: number }).number);
  expect([...numbers]).toHaveLength(1);
  return updates;
};

const FILES = ['checkpoint.json', 'model.safetensors', 'optimizer.safetensors'];

describe('processes that share a checkpoint folder', () => {
  it('two that write and one that reads: every checkpoint read is one that was written, whole', async () => {
    const folder = join(root, 'shared');
    const count = long ? 300 : 20;
    const writers = [1000, 2000].map((from) => start({ folder, from, count, size: 3000 }));
    await Promise.race(writers.map(({ firstSaved }) => firstSaved));
    const ended = Promise.all(writers.map((writer) => writer.ended));
    let going = true;
    void ended.then(() => {
      going = false;
    });
    const latest = [0, 0];
    let reads = 0;
    while (going) {
      const number = await numberAt(folder);
      const who = number < 2000 ? 0 : 1;
      // What one writer saves comes in its order.
      expect(number).toBeGreaterThanOrEqual(latest[who]!);
      latest[who] = number;
      reads++;
    }
    expect(await ended).toEqual([0, 0]);
    for (const [i, { saved }] of writers.entries()) {
      expect(saved).toEqual(Array.from({ length: count }, (_, k) => 1000 * (i + 1) + k));
    }
    expect(reads).toBeGreaterThan(10);
    expect([1000 + count - 1, 2000 + count - 1]).toContain(await numberAt(folder));
    expect(readdirSync(folder).sort()).toEqual(FILES);
  }, 240_000);

  it('a writer that is killed at any moment: what loads is what it had saved, or was about to', async () => {
    const folder = join(root, 'killed');
    const random = randomStream(11).fork('kills');
    let before = 0;
    for (let round = 0; round < (long ? 150 : 5); round++) {
      const from = 1000 * (round + 1);
      const { child, saved, ended, firstSaved } = start({ folder, from, count: 1000, size: 20_000 });
      await firstSaved;
      await new Promise((resolve) => setTimeout(resolve, 80 * random.uniformAt(round)));
      child.kill('SIGKILL');
      expect(await ended).toBeNull();
      const number = await numberAt(folder);
      expect(number).toBeGreaterThanOrEqual(saved.at(-1) ?? before);
      expect(number).toBeLessThanOrEqual((saved.at(-1) ?? from - 1) + 1);
      expect(await inspectCheckpoint(folder)).toEqual({ updates: number });
      before = number;
    }
    // The next writer is not held up by what the dead left, and clears it away.
    const last = start({ folder, from: 1e6, count: 1, size: 10 });
    expect(await last.ended).toBe(0);
    expect(await numberAt(folder)).toBe(1e6);
    expect(readdirSync(folder).sort()).toEqual(FILES);
  }, 600_000);
});
