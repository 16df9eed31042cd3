import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** The published packages, in the order in which a reader meets them. */
export const PACKAGES = /** @type {const} */ ([
  'core',
  'admin-init',
  'analysis',
  'translate',
  'backend-onnxruntime',
  'backend-tensorflow',
  'cli',
]);

/**
 * The entry points of a package that have sources, as its exports map names them.
 *
 * @param {string} name
 * @returns {{ name: string, file: string }[]} e.g. `index` and `node`, with the source file of each.
 */
export const entries = (name) => {
  const folder = join(ROOT, 'packages', name);
  const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return Object.entries(exports)
    .filter(([, target]) => typeof target === 'object')
    .map(([key, target]) => ({
      name: key === '.' ? 'index' : key.slice(2),
      file: join(folder, target['steadyformer-source']),
    }))
    .filter(({ file }) => existsSync(file));
};

/**
 * What a program imports a package by: the command's is outside the scope.
 *
 * @param {string} folder
 */
export const nameOf = (folder) => (folder === 'cli' ? 'steadyformer' : `@steadyformer/${folder}`);

/**
 * What a package says of itself.
 *
 * @param {string} name
 * @returns {{ description: string, readme: string | undefined }}
 */
export const about = (name) => {
  const folder = join(ROOT, 'packages', name);
  const readme = join(folder, 'README.md');
  return {
    description: JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')).description,
    readme: existsSync(readme) ? readFileSync(readme, 'utf8') : undefined,
  };
};
