import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publicPackages } from '../ci/workspaces.mjs';
import { root } from '../lib/prepare.mjs';

const numbers = (/** @type {string} */ version) => version.split(/[.-]/).map(Number);

/**
 * The newest of some versions: that of a release, as linked packages which changed share one.
 * @param {readonly string[]} versions of the form major.minor.patch
 */
export const newest = (versions) =>
  versions.reduce((best, each) => {
    const [a, b] = [numbers(each), numbers(best)];
    const differs = a.findIndex((part, i) => part !== b[i]);
    return differs >= 0 && (a[differs] ?? 0) > (b[differs] ?? 0) ? each : best;
  });

/**
 * The text of CITATION.cff with its `version` replaced.
 * @param {string} text
 * @param {string} version
 */
export const withVersion = (text, version) => {
  if (!/^version: .*$/m.test(text)) throw new Error('CITATION.cff has no line that starts with "version: "');
  return text.replace(/^version: .*$/m, `version: ${version}`);
};

/**
 * Writes the version of the newest public package into CITATION.cff.
 * @param {string} [folder] of the repository
 */
export const writeCitation = (folder = root) => {
  const path = join(folder, 'CITATION.cff');
  const versions = publicPackages(folder).map(({ manifest }) => manifest.version);
  writeFileSync(path, withVersion(readFileSync(path, 'utf8'), newest(versions)));
};
