import { execFileSync } from 'node:child_process';
import { lstatSync, readFileSync } from 'node:fs';
import { root } from '../lib/prepare.mjs';
import { note, StepError } from './command.mjs';

/** What no tracked file may hold: it would tie the project to the machine it was written on. */
const FORBIDDEN = [
  { what: 'a registry host', pattern: /\bregistry\.(?:npmjs|yarnpkg)\.\w+|\bfiles\.pythonhosted\.\w+/ },
  { what: 'a resolved address', pattern: /"resolved":\s*"http/ },
  {
    what: 'a path of one machine',
    pattern: /(?:^|[\s"'`=(:,])\/(?:work|root|home\/(?!web_user)\w+|Users\/\w+)\//,
  },
];

/**
 * The optional packages that a lock file does not list. `npm ci` refuses such a file, and npm writes one where the
 * registry lacks a package for another platform.
 * @param {{ packages: Record<string, { optionalDependencies?: Record<string, string> }> }} lock
 */
export const missingFromLock = ({ packages }) => {
  const listed = new Set(Object.keys(packages).map((path) => path.split('node_modules/').at(-1)));
  const optional = Object.values(packages).flatMap((entry) => Object.keys(entry.optionalDependencies ?? {}));
  return [...new Set(optional)].filter((name) => !listed.has(name));
};

/**
 * Lines of a text that hold what they must not.
 * @param {string} text
 */
export const forbiddenLines = (text) =>
  text.split('\n').flatMap((line, index) => {
    const found = FORBIDDEN.find(({ pattern }) => pattern.test(line));
    return found === undefined ? [] : [{ line: index + 1, what: found.what }];
  });

/** @param {import('./command.mjs').Step} step */
export const tracked = async (step) => {
  const files = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
    .split('\0')
    .filter(Boolean);
  const problems = files.flatMap((file) => {
    const stat = lstatSync(`${root}${file}`, { throwIfNoEntry: false });
    if (stat === undefined || !stat.isFile()) return [];
    const bytes = readFileSync(`${root}${file}`);
    if (bytes.includes(0)) return [];
    return forbiddenLines(bytes.toString('utf8')).map(({ line, what }) => `${file}:${line}: ${what}`);
  });
  const lock = JSON.parse(readFileSync(`${root}package-lock.json`, 'utf8'));
  problems.push(
    ...missingFromLock(lock).map((name) => `package-lock.json: lacks the optional package ${name}`),
  );
  note(step, `${files.length} files`);
  for (const problem of problems) note(step, problem);
  if (problems.length > 0) throw new StepError(`${problems.length} problems in tracked files`);
};
