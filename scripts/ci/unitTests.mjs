import { existsSync, readFileSync } from 'node:fs';
import { note, run, StepError } from './command.mjs';

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */

/**
 * Counts from vitest's JSON report. A file that could not be loaded has no tests of its own and counts as one failure.
 * @param {import('./command.mjs').Step} step
 * @param {string} path
 * @returns {Counts}
 */
export const readReport = (step, path) => {
  if (!existsSync(path)) return { passed: 0, failed: 0, skipped: 0 };
  const report = JSON.parse(readFileSync(path, 'utf8'));
  const broken = report.testResults.filter(
    (/** @type {{ status: string, assertionResults: { status: string }[] }} */ file) =>
      file.status === 'failed' && !file.assertionResults.some(({ status }) => status === 'failed'),
  ).length;
  const counts = {
    passed: report.numPassedTests,
    failed: report.numFailedTests + broken,
    skipped: report.numPendingTests + report.numTodoTests,
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
