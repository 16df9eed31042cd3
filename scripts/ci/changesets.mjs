import { readdirSync, readFileSync } from 'node:fs';
import { root } from '../lib/prepare.mjs';
import { note, run, StepError } from './command.mjs';
import { publicPackages } from './workspaces.mjs';

/**
 * What is wrong with one changeset, if anything: it must name public packages and bumps, and say one thing to a user.
 * @param {string} text
 * @param {readonly string[]} names
 */
export const changesetProblem = (text, names) => {
  const match = /^---\n([\s\S]*?)\n---\n([\s\S]*)$/.exec(text);
  if (match === null) return 'no front matter between two lines of ---';
  const [, head = '', summary = ''] = match;
  if (summary.trim() === '') return 'no summary';
  for (const line of head.split('\n').filter((each) => each.trim() !== '')) {
    const bump = /^['"](.+)['"]: (major|minor|patch)$/.exec(line);
    if (bump === null) return `not of the form '@steadyformer/name': minor: ${line}`;
    if (!names.includes(bump[1] ?? '')) return `no such public package: ${bump[1]}`;
  }
  return undefined;
};

/** @param {import('./command.mjs').Step} step */
export const changesets = async (step) => {
  const names = publicPackages().map(({ manifest }) => manifest.name);
  const files = readdirSync(`${root}.changeset`).filter((file) => /^(?!README).*\.md$/.test(file));
  const problems = files.flatMap((file) => {
    const problem = changesetProblem(readFileSync(`${root}.changeset/${file}`, 'utf8'), names);
    return problem === undefined ? [] : [`.changeset/${file}: ${problem}`];
  });
  for (const problem of problems) note(step, problem);
  if (problems.length > 0) throw new StepError(`${problems.length} unusable changesets`);
  // Plans the release: fails on a wrong configuration. It compares with the base branch, which a shallow clone may lack.
  try {
    await run(step, 'git', ['rev-parse', '--verify', '--quiet', 'main']);
  } catch (error) {
    if (error instanceof StepError) return;
    throw error;
  }
  await run(step, process.execPath, [`${root}node_modules/@changesets/cli/bin.js`, 'status']);
};
