import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PACKAGES, type Package, privateWorkspaces } from '../../scripts/lib/packages.mjs';

export const root: string = fileURLToPath(new URL('../..', import.meta.url));

/** The private workspaces. */
export const PRIVATE: readonly string[] = privateWorkspaces(root);

export type Conditions = { readonly [condition: string]: string | Conditions };

export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  readonly license?: string;
  readonly type?: string;
  readonly private?: boolean;
  readonly repository?: { readonly type: string; readonly url: string; readonly directory: string };
  readonly engines?: Readonly<Record<string, string>>;
  readonly sideEffects?: boolean | readonly string[];
  readonly exports?: Readonly<Record<string, string | Conditions>>;
  readonly imports?: Readonly<Record<string, string | Conditions>>;
  readonly files?: readonly string[];
  readonly scripts?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

export interface Workspace {
  /** Relative to the root: `packages/core`. */
  readonly path: string;
  readonly folder: string;
  readonly manifest: Manifest;
}

export const readWorkspace = (path: string): Workspace => {
  const folder = join(root, path);
  return {
    path,
    folder,
    manifest: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest,
  };
};

/** A published package: its line of the one list, and what lies in its folder. */
export interface PublishedPackage extends Workspace {
  readonly listed: Package;
}

export const packages: readonly PublishedPackage[] = PACKAGES.map((listed) => ({
  ...readWorkspace(`packages/${listed.folder}`),
  listed,
}));

export const isTest = (file: string): boolean => /\.test(-d)?\.ts$|\/fixtures\//.test(file);

/** Every TypeScript or JavaScript file written by hand below a folder, sorted. */
export const sourceFiles = (folder: string): readonly string[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && /\.(ts|mts|mjs|js|vue)$/.test(entry.name))
        .map((entry) => join(entry.parentPath, entry.name))
        .filter(
          (file) =>
            !/\/(node_modules|dist|runs|coverage|api|\.vitepress\/(cache|dist)|\.[a-z-]*cache)\//.test(file),
        )
        .sort()
    : [];
