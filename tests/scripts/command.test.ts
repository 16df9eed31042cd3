import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from '../../scripts/ci/command.mjs';
import { readReport } from '../../scripts/ci/unitTests.mjs';

const folder = mkdtempSync(join(tmpdir(), 'steadyformer-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const step = (milliseconds: number) => ({
  log: join(folder, 'log'),
  env: process.env,
  deadline: performance.now() + milliseconds,
});
const node = (code: string): readonly string[] => ['--eval', code];
const isAlive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('run', () => {
  it('writes what a command says to the log and to a file', async () => {
    const stdout = join(folder, 'stdout');
    const speak = "console.log('to the file'); console.error('to the log')";
    await run(step(30_000), process.execPath, node(speak), { stdout });
    expect(readFileSync(stdout, 'utf8')).toBe('to the file\n');
    expect(readFileSync(join(folder, 'log'), 'utf8')).toContain('to the log\n');
  });

  it('fails on an exit code, and on a program that is not there', async () => {
    await expect(run(step(30_000), process.execPath, node('process.exit(3)'))).rejects.toThrow(
      'ended with 3',
    );
    await expect(run(step(30_000), join(folder, 'nothing'), [])).rejects.toThrow('ENOENT');
  });

  it.skipIf(process.platform === 'win32')('ends a late command with all it has started', async () => {
    const started = join(folder, 'pid');
    const child = `
      const { spawn } = require('node:child_process');
      const { pid } = spawn(process.execPath, ['--eval', 'setInterval(() => {}, 1000)']);
      require('node:fs').writeFileSync(${JSON.stringify(started)}, String(pid));
      setInterval(() => {}, 1000);`;
    await expect(run(step(3000), process.execPath, node(child))).rejects.toThrow('time was up');
    expect(existsSync(started)).toBe(true);
    const pid = Number(readFileSync(started, 'utf8'));
    await expect.poll(() => isAlive(pid), { timeout: 20_000 }).toBe(false);
  });
});

describe('readReport', () => {
  const file = (name: string, ...tests: string[]) => ({
    name: join(process.cwd(), name),
    status: tests.every((status) => status === 'passed') && tests.length > 0 ? 'passed' : 'failed',
    assertionResults: tests.map((status, i) => ({ status, fullName: `does thing ${i}` })),
  });

  it('counts a file that could not be loaded as one failure, and names what failed', () => {
    const path = join(folder, 'report.json');
    const numbers = { numPassedTests: 5, numFailedTests: 2, numPendingTests: 2, numTodoTests: 1 };
    const testResults = [
      file('a.test.ts', 'passed'),
      file('b.test.ts', 'failed', 'passed', 'failed'),
      file('c.test.ts'),
    ];
    writeFileSync(path, JSON.stringify({ ...numbers, testResults }));
    expect(readReport(step(0), path)).toEqual({
      ...{ passed: 5, failed: 3, skipped: 3 },
      failures: ['b.test.ts: does thing 0', 'b.test.ts: does thing 2', 'c.test.ts'],
    });
  });

  it('counts nothing where there is no report', () => {
    expect(readReport(step(0), join(folder, 'none.json'))).toEqual({
      ...{ passed: 0, failed: 0, skipped: 0 },
      failures: [],
    });
  });
});
