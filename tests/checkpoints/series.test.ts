import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { randomStream } from '@steadyformer/core';
import type { Checkpoint } from '@steadyformer/translate';
import { CheckpointSeries } from '@steadyformer/translate/node';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bundled } from '../support/bundle';

const KILLS = process.env.STEADYFORMER_LONG === '1' ? 50 : 10;
const root = mkdtempSync(join(tmpdir(), 'steadyformer-series-'));
afterAll(() => rmSync(root, { recursive: true }));

let program = '';
beforeAll(async () => {
  program = fileURLToPath(await bundled(new URL('series.entry.ts', import.meta.url), 'series'));
});

/** Saves until it is killed, so many ms after its first save. Gives the last updates whose save it said is done. */
const killedAfter = async (folder: string, ms: number): Promise<number> => {
  const child = spawn(process.execPath, [program, folder, '20000'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.once('data', () => setTimeout(() => child.kill('SIGKILL'), ms));
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  const signal = await new Promise((resolve) => {
    child.on('close', (_, by) => resolve(by));
  });
  expect(signal).toBe('SIGKILL');
  return Number(text.split('\n').slice(0, -1).at(-1));
};

/** The updates of a checkpoint, all of whose numbers are those. */
const numberOf = ({ parameters, training }: Checkpoint): number => {
  const { updates, m, v } = training!.optimizer;
  expect([...new Set([...parameters.w!.data, ...m, ...v])]).toEqual([updates]);
  return updates;
};

it(`a process killed ${KILLS} times at random moments always leaves the newest whole one, and the best`, async () => {
  const folder = join(root, 'killed');
  const random = randomStream(11).fork('kills');
  const series = new CheckpointSeries(folder, { keep: 2, keepEvery: 10 });
  let before = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const said = await killedAfter(folder, 120 * random.uniformAt(kill));
    const latest = await series.latest();
    const updates = numberOf(latest!.checkpoint);
    expect(latest!.skipped).toEqual([]);
    // The one that was said to be saved, or the next, whose save was done and not yet said.
    expect(updates - said).toBeGreaterThanOrEqual(0);
    expect(updates - said).toBeLessThanOrEqual(1);
    expect(updates).toBeGreaterThan(before);
    const best = await series.best();
    if (updates > 2) {
      expect(-best!.metric).toBe(numberOf(best!.checkpoint));
      // The last even one; or that of the save which was stopped, whose newest was yet to come.
      expect([updates - (updates % 2), updates + 1]).toContain(numberOf(best!.checkpoint));
    }
    const listed = (await series.list()).map((each) => each.updates);
    const whole = Array.from({ length: Math.floor(updates / 10) }, (_, i) => 10 * (i + 1));
    expect(listed).toEqual(expect.arrayContaining(whole));
    before = updates;
  }
}, 120_000);
