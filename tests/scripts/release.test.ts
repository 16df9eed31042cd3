import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getDependencyReleaseLine, getReleaseLine } from '../../scripts/release/changelog.mjs';
import { newest, withVersion } from '../../scripts/release/citation.mjs';
import { type Manifest, PRIVATE, packages, root } from '../structure/workspaces';

const UNRELEASED = '0.0.0';
const names = packages.map(({ path }) => path);

/** A copy of what a release reads and writes, as a repository of its own. */
let copy = '';
const manifestOf = (path: string): Manifest =>
  JSON.parse(readFileSync(join(copy, path, 'package.json'), 'utf8')) as Manifest;
const changelogOf = (path: string): string => {
  const file = join(copy, path, 'CHANGELOG.md');
  return existsSync(file) ? readFileSync(file, 'utf8') : '';
};
/** The newest version's part of a changelog, without its headings. */
const newestEntries = (text: string): string[] =>
  (text.split(/^## /m)[1] ?? '').split('\n').filter((line) => line.startsWith('- '));

const inCopy = (command: string, ...args: string[]): string => {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: copy, encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
};

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'steadyformer-release-'));
  const manifests = [...names, ...PRIVATE].flatMap((path) => [
    join(path, 'package.json'),
    join(path, 'CHANGELOG.md'),
  ]);
  for (const path of ['package.json', 'CITATION.cff', '.changeset', 'scripts', ...manifests]) {
    if (existsSync(join(root, path))) cpSync(join(root, path), join(copy, path), { recursive: true });
  }
  inCopy('git', 'init', '--quiet', '--initial-branch=main');
  inCopy('git', 'add', '.');
  inCopy('git', '-c', 'user.name=a', '-c', 'user.email=a@b.c', 'commit', '--quiet', '--message=all');
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'junction');
  inCopy(process.execPath, 'scripts/release/version.mjs', '--no-lock');
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

describe('the next release', () => {
  it('uses every changeset', () => {
    expect(readdirSync(join(copy, '.changeset')).filter((file) => file.endsWith('.md'))).toEqual([]);
  });

  it('gives each public package a version, and each new version an entry', () => {
    for (const { path, manifest } of packages) {
      const { version } = manifestOf(path);
      expect({ path, version }).not.toEqual({ path, version: UNRELEASED });
      const entries = newestEntries(changelogOf(path)).length;
      if (version !== manifest.version) expect({ path, entries }).not.toEqual({ path, entries: 0 });
    }
  });

  // Holds for what has not been out yet: all of it before the first release, a new package afterwards.
  it('starts a package at 0.1.0, or beside its siblings, with one entry', () => {
    const first = packages.every(({ manifest }) => manifest.version === UNRELEASED);
    for (const { path } of packages.filter(({ manifest }) => manifest.version === UNRELEASED)) {
      const { version } = manifestOf(path);
      if (first) expect({ path, version }).toEqual({ path, version: '0.1.0' });
      const log = changelogOf(path);
      expect(log.split(/^## /m)).toHaveLength(2);
      expect(newestEntries(log)).toEqual([expect.stringMatching(/^- The first release/)]);
    }
  });

  it('keeps the ranges between workspaces at the versions beside them', () => {
    const versions = Object.fromEntries(names.map(manifestOf).map(({ name, version }) => [name, version]));
    for (const path of [...names, ...PRIVATE]) {
      const manifest = manifestOf(path);
      const all = { ...manifest.dependencies, ...manifest.devDependencies };
      for (const [name, range] of Object.entries(all).filter(([name]) => name in versions)) {
        expect({ path, name, range }).toEqual({ path, name, range: `^${versions[name]}` });
      }
    }
  });

  it('is the version that CITATION.cff names', () => {
    const version = newest(names.map((path) => manifestOf(path).version));
    expect(readFileSync(join(copy, 'CITATION.cff'), 'utf8')).toContain(`\nversion: ${version}\n`);
  });
});

describe('CITATION.cff', () => {
  it('names the newest version now', () => {
    const text = readFileSync(join(root, 'CITATION.cff'), 'utf8');
    const version = newest(packages.map(({ manifest }) => manifest.version));
    expect(text).toContain(`\nversion: ${version}\n`);
    expect(withVersion(text, '12.3.4')).toBe(text.replace(`version: ${version}`, 'version: 12.3.4'));
  });

  it('is not written where it has no version', () => {
    expect(() => withVersion('title: x\n', '1.0.0')).toThrow('no line that starts with "version: "');
  });

  it.each([
    [['0.1.0', '0.2.0', '0.1.9'], '0.2.0'],
    [['0.10.0', '0.9.9'], '0.10.0'],
    [['1.0.0', '0.99.99'], '1.0.0'],
  ])('takes the newest of %j: %s', (versions, expected) => {
    expect(newest(versions)).toBe(expected);
  });
});

describe('an entry of CHANGELOG.md', () => {
  it('is the words of the changeset, a list in it indented', async () => {
    expect(await getReleaseLine({ summary: 'New:\n\n- this\n- that\n' })).toBe(
      '- New:\n\n  - this\n  - that',
    );
  });

  it('names newer packages of ours, but not in a first release', async () => {
    const core = { name: '@steadyformer/core', oldVersion: '0.1.0', newVersion: '0.2.0' };
    expect(await getDependencyReleaseLine([], [core])).toBe('- Needs @steadyformer/core 0.2.0.');
    expect(await getDependencyReleaseLine([], [{ ...core, oldVersion: '0.0.0' }])).toBe('');
  });
});
