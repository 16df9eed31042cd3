import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MAIN_LIBRARY } from '../library/library';

/** The packages that hold the JavaScript side and the addon's sources, in order of preference. */
export const PACKAGE_NAMES = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'] as const;
/** The npm name of a package that holds the addon's sources. */
export type PackageName = (typeof PACKAGE_NAMES)[number];

/** One installed tfjs-node package. */
export interface NodePackage {
  readonly name: PackageName;
  readonly version: string;
  readonly folder: string;
  /** Where the compiled addon belongs (present or not). */
  readonly addon: string;
}

/** tfjs-node asks for the highest N-API it lists, 8; every Node this package supports has at least 9. */
const ADDON = join('lib', 'napi-v8', 'tfjs_binding.node');

/**
 * Files from which a program's packages are resolved: this one, then the program's own (for a linked package, which
 * lies elsewhere). Never the working directory: a native addon that happens to lie there is nobody's choice.
 */
export const searchPoints = (program: string | undefined = process.argv[1]): string[] => [
  fileURLToPath(import.meta.url),
  ...(program === undefined ? [] : [resolve(program)]),
];

/** {@link searchPoints} of the command line, which is called in the project that it shall prepare. */
export const projectPoints = (cwd: string): string[] => [
  fileURLToPath(import.meta.url),
  join(cwd, 'package.json'),
];

const versionOf = (manifest: string): string => {
  const parsed: unknown = JSON.parse(readFileSync(manifest, 'utf8'));
  const version = typeof parsed === 'object' && parsed !== null && 'version' in parsed && parsed.version;
  return typeof version === 'string' ? version : 'unknown';
};

const resolveFrom = (name: PackageName, from: string): string | undefined => {
  try {
    return createRequire(from).resolve(`${name}/package.json`);
  } catch {
    return undefined;
  }
};

/** The tfjs-node packages visible from `points`, each folder once, in order of preference. */
export const findPackages = (points: readonly string[] = searchPoints()): NodePackage[] => {
  const found = new Map<string, NodePackage>();
  for (const name of PACKAGE_NAMES) {
    for (const point of points) {
      const manifest = resolveFrom(name, point);
      if (manifest === undefined) continue;
      const folder = dirname(manifest);
      found.set(folder, { name, version: versionOf(manifest), folder, addon: join(folder, ADDON) });
    }
  }
  return [...found.values()];
};

/** The folder of a package in which `setup` builds; the addon's place then holds a link into it. */
export const BUILDS = 'steadyformer';

/** The links to libraries of the build in use; none for an addon of tfjs-node's own installer. */
const libraryLinks = ({ addon }: NodePackage): string[] => {
  const folder = existsSync(addon) ? join(dirname(realpathSync(addon)), 'lib') : '';
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
};

/** Links of the build in use whose target is gone (a deleted Python environment or cache). */
export const danglingLinks = (found: NodePackage): string[] =>
  libraryLinks(found).filter((path) => !existsSync(path));

/** The folder of the TensorFlow that `setup` linked the addon to; undefined where it has not, or it is gone. */
export const linkedLibrary = (found: NodePackage): string | undefined => {
  const link = libraryLinks(found).find((path) => basename(path) === MAIN_LIBRARY);
  return link !== undefined && existsSync(link) ? dirname(realpathSync(link)) : undefined;
};
