import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { privateWorkspaces } from '../../../scripts/lib/packages.mjs';
import { PACKAGES, ROOT } from '../scripts/packages.mjs';
import type { Known } from './commands';

interface Manifest {
  readonly name?: string;
  readonly scripts?: Readonly<Record<string, string>>;
  readonly bin?: string | Readonly<Record<string, string>>;
}

const manifest = (folder: string): Manifest =>
  JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));

/** Folders with a package.json, '' for the root. */
const workspaces = (): string[] => [
  '',
  ...PACKAGES.map(({ folder }) => `packages/${folder}`),
  ...privateWorkspaces(ROOT),
];

const binsOf = ({ bin, name = '' }: Manifest): string[] =>
  typeof bin === 'string' ? [basename(name)] : Object.keys(bin ?? {});

/** What shell blocks may refer to. */
export const known = (): Known => {
  const manifests = workspaces().map((folder) => [folder, manifest(folder)] as const);
  return {
    scripts: Object.fromEntries(
      manifests.map(([folder, { scripts = {} }]) => [folder, Object.keys(scripts)]),
    ),
    packages: manifests.map(([, { name = '' }]) => name),
    bins: manifests.flatMap(([, one]) => binsOf(one)),
    exists: (path) => existsSync(join(ROOT, path)),
  };
};

const markdownUnder = (folder: string): string[] =>
  readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) {
      return entry.name.startsWith('.') || ['api', 'node_modules'].includes(entry.name)
        ? []
        : markdownUnder(path);
    }
    return entry.name.endsWith('.md') ? [path] : [];
  });

/** READMEs that the site shows: the root's and the packages'. */
export const readmes = (): string[] =>
  ['README.md', ...PACKAGES.map(({ folder }) => `packages/${folder}/README.md`)].filter((page) =>
    existsSync(join(ROOT, page)),
  );

/** Every page that users read and people wrote. */
export const pages = (): string[] => [...readmes(), 'examples/README.md', ...markdownUnder('apps/docs')];

export const readPage = (page: string): string => readFileSync(join(ROOT, page), 'utf8');
