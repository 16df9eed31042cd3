import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Conditions, PRIVATE, packages, readWorkspace, root } from './workspaces';

const workspaces = [...packages, ...PRIVATE.map(readWorkspace)];
const versions = Object.fromEntries(workspaces.map(({ manifest }) => [manifest.name, manifest.version]));

describe.each(packages)('package.json of $path', ({ path, folder, manifest, listed }) => {
  it('names itself, its licence, its source and the Node it needs', () => {
    expect(manifest).toMatchObject({
      name: listed.name,
      license: 'Apache-2.0',
      type: 'module',
      engines: { node: '>=20.19' },
      repository: {
        type: 'git',
        url: 'git+https://github.com/steadyformer/steadyformer.git',
        directory: path,
      },
    });
    expect(manifest.private).toBeUndefined();
    expect(manifest.description).toMatch(/\w{3}/);
    expect(manifest.version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('carries the licence', () => {
    expect(readFileSync(join(folder, 'LICENSE'), 'utf8')).toBe(readFileSync(join(root, 'LICENSE'), 'utf8'));
  });

  it('exports in the one style: source, types, default', () => {
    const { '.': main, './package.json': own, ...others } = manifest.exports ?? {};
    expect(own).toBe('./package.json');
    const entries = [['.', main], ...Object.entries(others)] as [string, string | Conditions][];
    for (const [name, target] of entries) {
      const stem = name === '.' ? 'index' : `${name.slice(2)}/index`;
      const flat = name.slice(2);
      const conditions = target as Conditions;
      expect(Object.keys(conditions)).toEqual(['steadyformer-source', 'types', 'default']);
      expect([
        {
          'steadyformer-source': `./src/${stem}.ts`,
          types: `./dist/${stem}.d.ts`,
          default: `./dist/${stem}.js`,
        },
        {
          'steadyformer-source': `./src/${flat}.ts`,
          types: `./dist/${flat}.d.ts`,
          default: `./dist/${flat}.js`,
        },
      ]).toContainEqual(conditions);
      expect(existsSync(join(folder, conditions['steadyformer-source'] as string))).toBe(true);
    }
  });

  it('publishes its build and its sources, without tests', () => {
    expect(manifest.files?.slice(0, 2)).toEqual(['dist', 'src']);
    expect(manifest.files).toContain('!src/**/*.test.ts');
  });

  it('builds and checks types by the same commands as the others', () => {
    expect(manifest.scripts).toMatchObject({ build: 'tsup', typecheck: 'tsc -p tsconfig.json' });
    expect(manifest.scripts).not.toHaveProperty('postinstall');
    expect(manifest.scripts).not.toHaveProperty('install');
  });

  it('leaves TensorFlow.js to the program, where it asks for it: a peer, never a dependency', () => {
    const { dependencies, devDependencies, peerDependencies } = manifest;
    const asked = Object.keys({ ...dependencies, ...devDependencies, ...peerDependencies });
    if (!asked.some((name) => name.startsWith('@tensorflow/'))) return;
    expect(manifest.peerDependencies).toHaveProperty(['@tensorflow/tfjs'], '^4.22.0');
    expect(manifest.devDependencies).toHaveProperty(['@tensorflow/tfjs'], '4.22.0');
    const tfjs = Object.keys(manifest.dependencies ?? {}).filter((name) => name.startsWith('@tensorflow/'));
    expect(tfjs).toEqual([]);
    for (const [name, range] of Object.entries(manifest.peerDependencies ?? {})) {
      expect(range).toMatch(/^\^\d/);
      const optional = manifest.peerDependenciesMeta?.[name]?.optional ?? false;
      expect({ name, optional }).toEqual({ name, optional: name !== '@tensorflow/tfjs' });
    }
  });
});

describe.each(workspaces)('ranges of $path', ({ manifest }) => {
  it('refers to our packages by ranges that hold', () => {
    const all = { ...manifest.dependencies, ...manifest.devDependencies };
    for (const [name, range] of Object.entries(all)) {
      if (!Object.hasOwn(versions, name) && !name.startsWith('@steadyformer/')) continue;
      expect({ name, range }).toEqual({ name, range: `^${versions[name]}` });
    }
  });
});

interface Locked {
  readonly version?: string;
  readonly hasInstallScript?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
}

describe('what is installed', () => {
  const lock = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8'));
  const locked = Object.entries(lock.packages as Record<string, Locked>);

  it('needs no install scripts: every package that has one is told not to run it', () => {
    const scripted = locked.flatMap(([path, { hasInstallScript }]) =>
      hasInstallScript === true ? [path.replace(/^.*node_modules\//, '')] : [],
    );
    const { allowScripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    expect(scripted).toContain('koffi');
    expect(allowScripts).toEqual(Object.fromEntries(scripted.map((name) => [name, false])));
  });

  it('has no scripts in the packages for one platform each, which are pinned to one version', () => {
    const optional = packages.flatMap(({ manifest }) => Object.entries(manifest.optionalDependencies ?? {}));
    expect(optional.length).toBeGreaterThan(0);
    for (const [name, range] of optional) {
      const [, entry] = locked.find(([path]) => path === `node_modules/${name}`) ?? [];
      expect({ name, ...entry }).toMatchObject({ name, version: range });
      expect(entry?.hasInstallScript).toBeUndefined();
      expect([entry?.os?.length, entry?.cpu?.length]).toEqual([1, 1]);
    }
  });
});

describe('the workspace', () => {
  it('releases its packages together: changesets links each of them', () => {
    const { linked } = JSON.parse(readFileSync(join(root, '.changeset/config.json'), 'utf8'));
    const [patterns = [], ...others] = linked as string[][];
    expect(others).toEqual([]);
    const missing = packages
      .map(({ manifest }) => manifest.name)
      .filter((name) => !patterns.includes(name) && !patterns.includes(`${name.split('/')[0]}/*`));
    expect(missing).toEqual([]);
  });

  it('shows every package in the README, in the order of the list', () => {
    const readme = readFileSync(join(root, 'README.md'), 'utf8');
    const rows = [...readme.matchAll(/^\| \[`([^`]+)`\]\(([^)]+)\) \|/gm)].map(([, name, path]) => ({
      name,
      path,
    }));
    expect(rows).toEqual(packages.map(({ path, manifest: { name } }) => ({ name, path })));
  });

  it('has the packages of the architecture and no others', () => {
    const expected = packages.map(({ listed }) => listed.folder);
    expect(readdirSync(join(root, 'packages')).sort()).toEqual(expected.sort());
  });

  it.each(PRIVATE)('%s is private and has something in it', (path) => {
    const { folder, manifest } = readWorkspace(path);
    expect(manifest).toMatchObject({ private: true, type: 'module', license: 'Apache-2.0' });
    const files = readdirSync(folder, { recursive: true }).map(String);
    const written = files.filter(
      (file) => /\.(ts|mts|mjs|vue|md)$/.test(file) && !/node_modules|dist\//.test(file),
    );
    expect(written.length).toBeGreaterThan(0);
  });
});
