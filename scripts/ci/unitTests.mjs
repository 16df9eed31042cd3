import { existsSync, readFileSync } from 'node:fs';
import { note } from './command.mjs';

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
export const reportTo = (path) => ['--reporter=dot', '--reporter=json', `--outputFile.json=${path}`];
