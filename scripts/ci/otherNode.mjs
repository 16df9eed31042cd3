import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { root, tools } from '../lib/prepare.mjs';
import { note, run } from './command.mjs';
import { fetchNode } from './fetched.mjs';
import { tested } from './unitTests.mjs';

/**
 * Where tests may go another way on another Node; arithmetic does not. The two backends (C calls, memory shared with C,
 * add-ons), the `node` folders (files, threads, command lines), text (Unicode's tables come with Node), and what joins
 * packages, but for what reads sources or recipes, runs in a browser, the built site among it, or is arithmetic again.
 */
const PLACES =
  /^(packages\/(backend-[^/]+\/(?!src\/conformance\/(training|suite)\.)|[^/]+\/src\/(.*\/)?(node|data|subwords|score)\/)|tests\/(?!structure\/|recipes\/|browser\/|site\/|models\/|malformed\/))/;

/** What a test elsewhere does that hangs on Node: it starts programs or threads, or writes files. */
const USES = /'node:(child_process|worker_threads|zlib|http|net)'|\bmkdtemp|\bwriteFile/;

/**
 * Whether a test is worth running on every Node. Programs, docs, pages and benchmarks have been run once.
 * @param {string} path from the root
 * @param {() => string} text
 */
export const differsByNode = (path, text) =>
  /\.test\.ts$/.test(path) && (PLACES.test(path) || (path.startsWith('packages/') && USES.test(text())));

/** @param {boolean} between */
const testsThatDiffer = (between) =>
  execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter((path) => !between || path.startsWith('packages/'))
    .filter((path) => differsByNode(path, () => readFileSync(`${root}${path}`, 'utf8')));

/**
 * Runs the unit tests that may differ under another version of Node; of a version between others that run whole, those of
 * the packages.
 * @param {import('./command.mjs').Step} step
 * @param {number} major
 * @param {boolean} between
 */
export const testOnNode = async (step, major, between) => {
  const binary = await fetchNode(step, major);
  await run(step, binary, ['--version']);
  // Tests that start `node` themselves must find the same version first.
  const env = { PATH: `${dirname(binary)}:${process.env.PATH ?? ''}` };
  const tests = testsThatDiffer(between);
  note(step, `${tests.length} files`);
  return tested(step, binary, [tools.vitest, 'run', ...tests], { cwd: root, env });
};
