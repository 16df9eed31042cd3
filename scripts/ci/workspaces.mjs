import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lib/prepare.mjs';

/**
 * @typedef {object} Manifest
 * @property {string} name
 * @property {string} version
 * @property {Record<string, unknown>} exports
 * @property {Record<string, string>} [bin]
 */

/**
 * @typedef {object} Workspace
 * @property {string} folder
 * @property {Manifest} manifest
 */

/** The packages whose main entry must run in a browser. */
export const BROWSER_SAFE = ['core', 'admin-init', 'analysis', 'translate'].map(
  (name) => `@steadyformer/${name}`,
);

/**
 * The packages that are published.
 * @param {string} [repository]
 * @returns {Workspace[]}
 */
export const publicPackages = (repository = root) =>
  readdirSync(join(repository, 'packages')).map((name) => {
    const folder = join(repository, 'packages', name);
    return { folder, manifest: JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) };
  });

/**
 * The paths a program can import from a package: `@steadyformer/core`, `@steadyformer/core/node`.
 * @param {Manifest} manifest
 */
export const importPaths = ({ name, exports }) =>
  Object.keys(exports)
    .filter((path) => !path.endsWith('.json'))
    .map((path) => name + path.slice(1));
