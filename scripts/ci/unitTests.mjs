import { existsSync, readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { note, run, StepError } from './command.mjs';

/** @typedef {{ passed: number, failed: number, skipped: number, failures: string[] }} Counts `failures`: names of tests */

/** @typedef {{ name: string, status: string, assertionResults: { status: string, fullName: string }[] }} TestFile */

/**
 * Counts from vitest's JSON report. A file that could not be loaded has no tests of its own and counts as one failure.
 * @param {import('./command.mjs').Step} step
 * @param {string} path
 * @returns {Counts}
 */
export const readReport = (step, path) => {
  if (!existsSync(path)) return { passed: 0, failed: 0, skipped: 0, failures: [] };
  const report = JSON.parse(readFileSync(path, 'utf8'));
  /** @type {string[]} */
  const failures = report.testResults
    .filter((/** @type {TestFile} */ { status }) => status === 'failed')
    .flatMap((/** @type {TestFile} */ { name, assertionResults }) => {
      const tests = assertionResults.filter(({ status }) => status === 'failed');
      const file = relative(process.cwd(), name);
      return tests.length === 0 ? [file] : tests.map(({ fullName }) => `${file}: ${fullName}`);
    });
  const counts = {
    passed: report.numPassedTests,
    failed: failures.length,
    skipped: report.numPendingTests + report.numTodoTests,
    failures,
  };
  note(step, `vitest: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  return counts;
};

/**
 * Arguments that make vitest write its report to a file and plain lines to the log.
 * @param {string} path
 */
const reportTo = (path) => ['--reporter=dot', '--reporter=json', `--outputFile.json=${path}`];

/**
 * Runs vitest, by a program that starts it, with the counts of its report.
 * @param {import('./command.mjs').Step} step
 * @param {string} program
 * @param {string[]} args
 * @param {Parameters<typeof run>[3]} [options]
 * @returns {Promise<Counts & { problem?: string }>}
 */
export const tested = async (step, program, args, options) => {
  const report = `${step.log}.json`;
  try {
    await run(step, program, [...args, ...reportTo(report)], options);
  } catch (error) {
    if (error instanceof StepError) return { ...readReport(step, report), problem: error.message };
    throw error;
  }
  return readReport(step, report);
};
