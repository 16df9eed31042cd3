// The one list of the packages: tests, continuous integration, the documentation and the sizes all read it.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {object} Package
 * @property {string} folder below `packages/`.
 * @property {string} name the name under which npm knows it.
 * @property {readonly string[]} mayImport the packages of ours that it may import, by their folders.
 * @property {boolean} browserSafe whether its main entry must run in a page: nothing from `node:`.
 */

/**
 * The published packages, in the order in which a reader meets them.
 * @type {readonly Package[]}
 */
export const PACKAGES = [
  { folder: 'core', name: '@steadyformer/core', mayImport: [], browserSafe: true },
  { folder: 'admin-init', name: '@steadyformer/admin-init', mayImport: ['core'], browserSafe: true },
  {
    folder: 'analysis',
    name: '@steadyformer/analysis',
    mayImport: ['core', 'admin-init'],
    browserSafe: true,
  },
  {
    folder: 'translate',
    name: '@steadyformer/translate',
    mayImport: ['core', 'admin-init', 'analysis'],
    browserSafe: true,
  },
  {
    folder: 'backend-onnxruntime',
    name: '@steadyformer/backend-onnxruntime',
    mayImport: [],
    browserSafe: false,
  },
  {
    folder: 'backend-tensorflow',
    name: '@steadyformer/backend-tensorflow',
    mayImport: [],
    browserSafe: false,
  },
  { folder: 'mpi', name: '@steadyformer/mpi', mayImport: [], browserSafe: false },
  {
    folder: 'cli',
    name: 'steadyformer',
    mayImport: ['core', 'admin-init', 'analysis', 'translate', 'backend-onnxruntime', 'mpi'],
    browserSafe: false,
  },
];

/**
 * The workspaces that are not published, as the root's package.json finds them: `apps/docs`, `tests`, ...
 * @param {string} root
 * @returns {string[]}
 */
export const privateWorkspaces = (root) => {
  /** @type {{ workspaces: string[] }} */
  const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return workspaces
    .filter((pattern) => pattern !== 'packages/*')
    .flatMap((pattern) => {
      if (!pattern.endsWith('/*')) return [pattern];
      const parent = pattern.slice(0, -2);
      return readdirSync(join(root, parent))
        .sort()
        .map((name) => `${parent}/${name}`);
    })
    .filter((path) => existsSync(join(root, path, 'package.json')));
};
