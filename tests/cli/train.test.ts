import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { buildCommand, watched } from './process';

let folder = '';
let program = '';
beforeAll(async () => {
  program = await buildCommand();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steadyformer-train-'));
  const lines = Array.from(
    { length: 40 },
    (_, i) => `${'abcdef'[i % 6]} ${'ghijklm'[i % 7]} ${'nopq'[i % 4]}\n`,
  );
  await writeFile(join(folder, 'text.txt'), lines.join(''));
  await writeFile(join(folder, 'config.yaml'), CONFIG);
});
afterEach(() => rm(folder, { recursive: true }));

/** Far more updates than there is time for. */
const CONFIG = `
kind: languageModel
output: run
backend: cpu
data: { train: text.txt }
vocabulary: { merges: 0 }
batches: { maxTokens: 16, length: 8 }
model: { method: preLN, width: 4, heads: 1, depth: 1 }
training: { updates: 1000000 }
validation: { every: 0 }
checkpoints: { every: 1000000 }
log: { every: 1, tensorBoard: false }
`;

interface Line {
  readonly event: string;
  readonly update?: number;
  readonly ending?: string;
  readonly loss?: number;
}

const logged = async (run = 'run'): Promise<Line[]> =>
  (await readFile(join(folder, run, 'log.jsonl'), 'utf8'))
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

const updatesOf = (lines: readonly Line[]): readonly (number | undefined)[] =>
  lines.filter(({ event }) => event === 'update').map(({ update }) => update);

const lossesOf = (lines: readonly Line[]): readonly (number | undefined)[] =>
  lines.filter(({ event }) => event === 'update').map(({ loss }) => loss);

const train = (...args: string[]): string[] => ['train', 'config.yaml', ...args];

/** Runs the command and sends signals once it has said that it trains. */
const interrupted = (signals: readonly NodeJS.Signals[], ...args: string[]) => {
  let sent = false;
  return watched(program, train(...args), folder, (text, kill) => {
    if (sent || !/^train .*update/mu.test(text)) return;
    sent = true;
    for (const signal of signals) kill(signal);
  });
};

describe.skipIf(process.platform === 'win32')('steadyformer train, interrupted', () => {
  it('saves and ends with 0 at SIGINT, then at SIGTERM, and goes on to the same numbers', async () => {
    let before = 0;
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const { code, stdout, stderr } = await interrupted([signal]);
      expect([code, stderr]).toEqual([0, '']);
      const last = stdout.trimEnd().split('\n').at(-1);
      expect(last).toMatch(
        /^stopped {5}after update \d+, saved in run; the same command goes on from there$/u,
      );
      const lines = await logged();
      expect(lines.at(-1)).toMatchObject({ event: 'end', ending: 'stopped' });
      const updates = updatesOf(lines).length;
      expect(updates).toBeGreaterThan(before);
      expect(updatesOf(lines)).toEqual(Array.from({ length: updates }, (_, i) => i + 1));
      const saved = await readdir(join(folder, 'run', 'checkpoints'));
      expect(Number(saved.sort().at(-1)!.replace(/\D/gu, ''))).toBeGreaterThan(before);
      before = updates;
    }
    const through = before + 3;
    const count = ['--set', `training.updates=${through}`];
    for (const run of ['run', 'whole']) {
      const { code, stderr } = await watched(program, train('-o', run, ...count), folder, () => {});
      expect([code, stderr]).toEqual([0, '']);
    }
    const [pieces, whole] = [lossesOf(await logged('run')), lossesOf(await logged('whole'))];
    expect(pieces).toHaveLength(through);
    expect(pieces).toEqual(whole);
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('ends at once at a second %s, with %i', async (signal, expected) => {
    let [sent, again] = [false, false];
    const { code } = await watched(program, train(), folder, (text, kill) => {
      if (!sent && /^train .*update/mu.test(text)) {
        sent = true;
        kill(signal);
      }
      if (!again && text.includes('stopping')) {
        again = true;
        kill(signal);
      }
    });
    expect(code).toBe(expected);
  });
});
