import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGES } from '../lib/packages.mjs';
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

/**
 * The packages that are published.
 * @param {string} [repository]
 * @returns {Workspace[]}
 */
export const publicPackages = (repository = root) =>
  PACKAGES.map((each) => {
    const folder = join(repository, 'packages', each.folder);
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
