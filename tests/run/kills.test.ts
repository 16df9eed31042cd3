import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type RandomStream, randomStream, selectBackend } from '@steadyformer/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Changes, config, filesOf, records, withText } from './folder';
import { type Ended, errorOf, type Programs, programs, resultOf, start } from './process';

const long = process.env.STEADYFORMER_LONG === '1';
const KILLS = long ? 50 : 4;
const PATIENCE = long ? 3_600_000 : 240_000;
const root = mkdtempSync(join(tmpdir(), 'steadyformer-kills-'));
afterAll(() => rmSync(root, { recursive: true }));

let run: Programs;
beforeAll(async () => {
  run = await programs('kills');
});

const native = await selectBackend('onnxruntime').then(
  () => true,
  () => false,
);

/** A run from begin to end, undisturbed. */
const whole = async (name: string, changes: Changes): Promise<{ folder: string; ended: Ended }> => {
  const folder = withText(join(root, name));
  const ended = await start(run, folder, { config: config(changes) }).ended;
  return { folder, ended };
};

const sameRun = async (folder: string, ended: Ended, other: { folder: string; ended: Ended }) => {
  expect(resultOf(ended)).toEqual(resultOf(other.ended));
  expect(await records(folder)).toEqual(await records(other.folder));
  const [files, wanted] = [await filesOf(folder), await filesOf(other.folder)];
  expect(Object.keys(files)).toEqual(Object.keys(wanted));
  for (const [name, content] of Object.entries(wanted)) expect(files[name] === content, name).toBe(true);
};

/** Where a process is killed: at an operation on its files, or so many ms after an event. */
type Kill =
  | { readonly operation: number }
  | { readonly after: string; readonly nth: number; readonly ms: number };

const OPERATIONS = 500;
const AFTER = [
  'start',
  'vocabulary',
  'update',
  'validating',
  'translating',
  'validation',
  'testing',
] as const;

const drawn = (random: RandomStream, i: number): Kill => {
  const [kind, a, b] = [0, 1, 2].map((k) => random.uniformAt(3 * i + k)) as [number, number, number];
  // From the first one to the fourth checkpoint or so.
  if (kind < 0.6) return { operation: 1 + Math.floor(OPERATIONS * a) };
  return { after: AFTER[Math.floor(a * AFTER.length)]!, nth: 1 + Math.floor(4 * b), ms: 30 * b };
};

/** Starts a run that is killed, unless it ends before. */
const killed = (folder: string, changes: Changes, kill: Kill): Promise<Ended> => {
  const given = config(changes);
  if ('operation' in kill) return start(run, folder, { config: given, killAt: kill.operation }).ended;
  const { after, nth, ms } = kill;
  let seen = 0;
  const running = start(run, folder, { config: given }, (line, { kill: end }) => {
    const name = 'event' in line ? ('stage' in line.event ? line.event.stage : line.event.event) : '';
    if (name === after && ++seen === nth) setTimeout(() => end('SIGKILL'), ms);
  });
  if (after === 'start') setTimeout(() => running.kill('SIGKILL'), 40 * ms * nth);
  return running.ended;
};

const onCpu: Changes = long ? { training: { updates: 100 } } : {};
const kinds: readonly (readonly [string, Changes, boolean])[] = [
  ['one thread, cpu', onCpu, true],
  ['two replicas, onnxruntime', { ...onCpu, backend: 'onnxruntime', replicas: 2 }, native && long],
];

describe.each(kinds)('a run that is killed (%s)', (name, changes, there) => {
  it.runIf(there)(
    `${KILLS} times at any moment can always be started again, and ends with the same bits`,
    async () => {
      const id = name.replaceAll(/\W+/gu, '-');
      const [other, folder] = [await whole(`${id}-whole`, changes), withText(join(root, id))];
      const random = randomStream(5).fork('kills');
      let kills = 0;
      for (let i = 0; kills < KILLS; i++) {
        const ended = await killed(folder, changes, drawn(random, i));
        if (ended.signal === 'SIGKILL') kills++;
        // It ended before: right.
        else expect(resultOf(ended)).toMatchObject({ ending: 'done' });
      }
      await sameRun(folder, await start(run, folder, { config: config(changes) }).ended, other);
    },
    PATIENCE,
  );
});

/** When a signal is sent: at the nth event, or piece of progress, of a process. */
const moments: readonly (readonly [string, number])[] = [
  ...(long ? ([['backend', 1]] as const) : []),
  ['update', 4],
  ...(long ? ([['update', 1]] as const) : []),
  ['validating', 1],
  ...(long ? ([['update', 5]] as const) : []),
  ['testing', 1],
];

it.each(long ? (['SIGTERM', 'SIGINT'] as const) : (['SIGTERM'] as const))(
  '%s at any moment ends it as stopped; started again it ends with the same bits',
  async (signal) => {
    const changes = { average: { last: 2 }, checkpoints: { every: 3, keep: 2 }, validation: { every: 6 } };
    const [other, folder] = [await whole(`${signal}-whole`, changes), withText(join(root, signal))];
    const endings: unknown[] = [];
    for (const [stage, nth] of moments) {
      let seen = 0;
      const ended = await start(run, folder, { config: config(changes) }, (line, { kill }) => {
        const name = 'event' in line ? ('stage' in line.event ? line.event.stage : line.event.event) : '';
        if (name === stage && ++seen === nth) kill(signal);
      }).ended;
      expect(ended.code).toBe(0);
      endings.push((resultOf(ended) as { ending: string }).ending);
    }
    expect(new Set(endings)).toEqual(new Set(['stopped']));
    await sameRun(folder, await start(run, folder, { config: config(changes) }).ended, other);
  },
  PATIENCE,
);

it(
  'two that are started together: one trains, the other says so in one line',
  async () => {
    const other = await whole('alone', {});
    const folder = withText(join(root, 'together'));
    const both = await Promise.all([0, 1].map(() => start(run, folder, { config: config() }).ended));
    const [good, bad] = [...both].sort((a, b) => a.code! - b.code!) as [Ended, Ended];
    expect([good.code, bad.code]).toEqual([0, 2]);
    expect(errorOf(bad)).toMatch(
      /another run is at work in '.*run': process \d+ on .*, since .*\. Wait for it/u,
    );
    await sameRun(folder, good, other);
    expect(existsSync(join(folder, 'run', 'run.lock'))).toBe(false);
  },
  PATIENCE,
);
