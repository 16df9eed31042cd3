import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Points, pointsIn } from './boardEvents';
import { config, records, withText } from './folder';
import { type Programs, programs, resultOf, start } from './process';

const root = mkdtempSync(join(tmpdir(), 'steadyformer-board-'));
afterAll(() => rmSync(root, { recursive: true }));

/** One that has PyPI's tensorboard. */
const python = process.env.STEADYFORMER_PYTHON ?? 'python3';
const hasTensorBoard = ((): boolean => {
  try {
    execFileSync(python, ['-c', 'import tensorboard'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

const board = (): string => join(root, 'run', 'tensorboard');
let run: Programs;
beforeAll(async () => {
  run = await programs('board');
  withText(root);
  // Killed behind an update and after a validation, each time with points that are made again.
  for (const [name, update] of [
    ['update', 5],
    ['validation', 5],
    ['update', 8],
  ] as const) {
    const ended = await start(run, root, { config: config() }, (line, { kill }) => {
      const event = 'event' in line ? line.event : undefined;
      if (event?.event === name && event.update === update) kill('SIGKILL');
    }).ended;
    expect(ended.signal).toBe('SIGKILL');
  }
  resultOf(await start(run, root, { config: config() }).ended);
}, 120_000);

/** A point for every update and validation of the log, once, in order. */
const expectWhole = async (points: Points): Promise<void> => {
  const log = (await records(root)) as {
    event: string;
    update: number;
    loss: number;
    gradientNorm?: number;
  }[];
  for (const [tag, event, key] of [
    ['train/loss', 'update', 'loss'],
    ['train/gradientNorm', 'update', 'gradientNorm'],
    ['valid/loss', 'validation', 'loss'],
  ] as const) {
    const wanted = log.filter((record) => record.event === event);
    expect(wanted.map(({ update }) => update)).toEqual(
      event === 'update' ? Array.from({ length: 11 }, (_, i) => i + 1) : [5, 10, 11],
    );
    expect(points[tag], tag).toEqual(wanted.map((record) => [record.update, Math.fround(record[key]!)]));
  }
  expect(Object.keys(points)).toEqual(
    expect.arrayContaining(['train/learningRate', 'train/tokensPerSecond', 'valid/bleu', 'valid/perplexity']),
  );
};

it('shows a run that was killed three times as one without gaps or repeats, by the rules of its files', async () => {
  await expectWhole(pointsIn(board()));
});

it.runIf(hasTensorBoard)(
  "and in TensorBoard's own reader (where Python has it: STEADYFORMER_PYTHON names one)",
  async () => {
    const script = fileURLToPath(new URL('read_board.py', import.meta.url));
    const points = JSON.parse(
      execFileSync(python, [script, board()], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
    ) as Points;
    await expectWhole(points);
    expect(points).toEqual(pointsIn(board()));
  },
);
