import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Manifest, packages, root } from './workspaces';

/** What a registry shows of a package, beside its description. */
interface Shown extends Manifest {
  readonly keywords?: readonly string[];
  readonly homepage?: string;
  readonly bugs?: { readonly url: string };
  readonly bin?: Readonly<Record<string, string>>;
}

const SOURCE = 'https://github.com/steadyformer/steadyformer';
const shown = packages.map(({ path, folder, manifest }) => ({ path, folder, manifest: manifest as Shown }));
/** Words that several packages share find none of them. */
const keywords = shown.flatMap(({ manifest }) => manifest.keywords ?? []);

describe.each(shown)('what a registry shows of $path', ({ path, manifest }) => {
  it('leads to its own page and to the issues', () => {
    expect(manifest.homepage).toBe(`${SOURCE}/tree/main/${path}#readme`);
    expect(manifest.bugs).toEqual({ url: `${SOURCE}/issues` });
  });

  it('has keywords of its own', () => {
    const own = manifest.keywords ?? [];
    expect(new Set(own).size).toBe(own.length);
    const forTfjs = '@tensorflow/tfjs' in (manifest.peerDependencies ?? {});
    expect(own.includes('tensorflow.js')).toBe(forTfjs);
    for (const word of own) expect(word).toMatch(/^[a-z0-9]+([.-][a-z0-9]+)*$/);
    const unique = own.filter((word) => keywords.filter((each) => each === word).length === 1);
    expect({ path, unique: unique.length >= 3 }).toEqual({ path, unique: true });
  });

  it('describes it in words of its own', () => {
    const same = shown.filter((each) => each.manifest.description === manifest.description);
    expect(same).toHaveLength(1);
  });
});

describe('what names the packages', () => {
  const read = (file: string): string => readFileSync(join(root, file), 'utf8');

  it('offers each of them in a report of a fault', () => {
    const [, options = ''] =
      /label: Package[\s\S]*?options:\n((?: +- .*\n)+)/.exec(read('.github/ISSUE_TEMPLATE/bug.yml')) ?? [];
    const offered = [...options.matchAll(/- (\S+)/g)].map(([, name = '']) => name);
    expect(offered).toEqual(expect.arrayContaining(packages.map(({ listed }) => listed.folder)));
  });

  it('says in CONTRIBUTING.md what each may import, as the list has it', () => {
    const [, section = ''] = read('CONTRIBUTING.md').split('## Who imports whom');
    const rows = [...section.matchAll(/^\| ((?:`packages\/[\w-]+`(?:, )?)+) \| ([^|]+) \|$/gm)];
    const written = rows.flatMap(([, paths = '', allowed = '']) =>
      [...paths.matchAll(/`packages\/([\w-]+)`/g)].map(([, folder = '']) => {
        const names = packages.map(({ listed }) => listed.folder).filter((name) => name !== folder);
        const all = /^everything/.test(allowed);
        return {
          folder,
          mayImport: names.filter((name) => all || allowed.split(/[,:] ?/).includes(name)).sort(),
        };
      }),
    );
    const listed = packages.map(({ listed: { folder, mayImport } }) => ({
      folder,
      mayImport: [...mayImport].sort(),
    }));
    expect(written).toEqual(listed);
  });
});

describe.each([
  'CODE_OF_CONDUCT.md',
  'SECURITY.md',
  'CONTRIBUTING.md',
  'CITATION.cff',
  '.github/ISSUE_TEMPLATE/bug.yml',
  '.github/ISSUE_TEMPLATE/feature.yml',
  '.github/ISSUE_TEMPLATE/config.yml',
  '.github/pull_request_template.md',
])('%s', (file) => {
  it('is there, and its links within the repository lead somewhere', () => {
    const text = readFileSync(join(root, file), 'utf8');
    expect(text.length).toBeGreaterThan(100);
    for (const [, target = ''] of text.matchAll(/\]\((?!https?:|mailto:|#)([^)#]+)/g)) {
      const folder = file.startsWith('.github') ? join(root, '.github') : root;
      expect({ target, exists: existsSync(join(folder, target)) }).toEqual({ target, exists: true });
    }
  });
});
