import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

export { PACKAGES } from '../../../scripts/lib/packages.mjs';

/**
 * The entry points of a package that have sources, as its exports map names them.
 *
 * @param {string} folder of the package, below `packages/`
 * @returns {{ name: string, file: string }[]} e.g. `index` and `node`, with the source file of each.
 */
export const entries = (folder) => {
  const path = join(ROOT, 'packages', folder);
  const { exports } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
  return Object.entries(exports)
    .filter(([, target]) => typeof target === 'object')
    .map(([key, target]) => ({
      name: key === '.' ? 'index' : key.slice(2),
      file: join(path, target['steadyformer-source']),
    }))
    .filter(({ file }) => existsSync(file));
};

/**
 * What a package says of itself.
 *
 * @param {string} folder of the package, below `packages/`
 * @returns {{ description: string, readme: string | undefined }}
 */
export const about = (folder) => {
  const path = join(ROOT, 'packages', folder);
  const readme = join(path, 'README.md');
  return {
    description: JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')).description,
    readme: existsSync(readme) ? readFileSync(readme, 'utf8') : undefined,
  };
};
