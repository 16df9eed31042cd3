import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { jsonOf, runSteps, type Step } from './step';

const program = (text: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'steadyformer-gpu-check-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'program.mjs');
  writeFileSync(path, text);
  return path;
};
const ended = (text: string, seconds = 60): unknown =>
  jsonOf({ program: program(text), env: { GIVEN: 'yes' }, seconds });

test('what a child prints last is its result', () => {
  expect(ended('console.log("chatter"); console.log(JSON.stringify({ given: process.env.GIVEN }))')).toEqual({
    given: 'yes',
  });
});

test('a child that dies, crashes or takes too long is a finding', () => {
  expect(ended('throw new Error("out of memory")')).toEqual({
    reason: 'process ended (exit code 1): Error: out of memory',
  });
  expect(ended('process.kill(process.pid, "SIGSEGV")')).toEqual({
    reason: expect.stringMatching(/^process ended \(SIGSEGV\)/),
  });
  expect(ended('setInterval(() => {}, 1000)', 0.5)).toEqual({ reason: 'not done within 1 s' });
});

test('a step that throws has failed and the next ones run; after the budget they are left out', async () => {
  const wait = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 60));
  const steps: Step[] = [
    { name: 'throws', run: () => Promise.reject(new Error('no')) },
    { name: 'slow', run: async () => wait().then(() => ({ state: 'ok', detail: '' })) },
    { name: 'late', run: () => ({ state: 'ok', detail: '' }) },
  ];
  const results = await runSteps(steps, 0.05, () => {});
  expect(results.map(({ name, state, detail }) => [name, state, detail])).toEqual([
    ['throws', 'failed', 'no'],
    ['slow', 'ok', ''],
    ['late', 'skipped', 'no time left'],
  ]);
});
