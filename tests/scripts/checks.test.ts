import { describe, expect, it } from 'vitest';
import { changesetProblem } from '../../scripts/ci/changesets.mjs';
import { forbiddenLines, missingFromLock } from '../../scripts/ci/tracked.mjs';
import { nodeProblem } from '../../scripts/lib/prepare.mjs';

describe('nodeProblem', () => {
  it.each(['20.19.0', '20.20.2', '22.0.0', '24.11.1'])('accepts Node %s', (version) => {
    expect(nodeProblem(version)).toBeUndefined();
  });

  it.each(['18.20.8', '20.18.3', '20.0.0'])('refuses Node %s in one line that says what to do', (version) => {
    expect(nodeProblem(version)).toMatch(new RegExp(`^Node ${version} is too old.* 20\\.19 .*Install.*$`));
  });
});

describe('changesetProblem', () => {
  const names = ['@steadyformer/core'];

  it('accepts a changeset that names a package and says something', () => {
    expect(changesetProblem("---\n'@steadyformer/core': minor\n---\n\nNew.\n", names)).toBeUndefined();
  });

  it.each([
    ['New.\n', 'front matter'],
    ["---\n'@steadyformer/core': minor\n---\n\n", 'no summary'],
    ["---\n'@steadyformer/core': huge\n---\n\nNew.\n", 'not of the form'],
    ["---\n'@steadyformer/cores': minor\n---\n\nNew.\n", 'no such public package'],
  ])('refuses %j', (text, problem) => {
    expect(changesetProblem(text, names)).toContain(problem);
  });
});

describe('tracked files', () => {
  // Put together here, so that this file does not hold what it looks for.
  const host = ['registry', 'npmjs', 'org'].join('.');

  it.each([
    [`see ${host}`, 'a registry host'],
    [`"resolved": "${'https'}://x.tgz"`, 'a resolved address'],
    [`cd ${'/work'}/main`, 'a path of one machine'],
    [`"${'/home'}/ann/x"`, 'a path of one machine'],
  ])('may not hold %j', (line, what) => {
    expect(forbiddenLines(`first\n${line}\n`)).toEqual([{ line: 2, what }]);
  });

  it.each(['"resolved": "packages/core"', 'a network/work/load', '/tmp/x', 'https://x.org/home/'])(
    'may hold %j',
    (line) => {
      expect(forbiddenLines(line)).toEqual([]);
    },
  );
});

describe('missingFromLock', () => {
  it('names optional packages that the lock file does not list', () => {
    const packages = {
      'node_modules/tool': { optionalDependencies: { 'tool-linux': '1.0.0', 'tool-darwin': '1.0.0' } },
      'packages/core/node_modules/tool-linux': {},
    };
    expect(missingFromLock({ packages })).toEqual(['tool-darwin']);
  });
});
