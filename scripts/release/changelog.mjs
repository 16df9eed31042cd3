// How a changeset becomes an entry of CHANGELOG.md: what a user reads, without hashes, and no list of what changed
// elsewhere in a release that has never been out before.

/** The version of a manifest that has not been released. */
export const UNRELEASED = '0.0.0';

/**
 * What a changeset says, as one entry of a list.
 * @param {{ summary: string }} changeset
 */
export const getReleaseLine = async ({ summary }) => {
  const [first = '', ...rest] = summary.trim().split('\n');
  return [`- ${first}`, ...rest.map((line) => (line === '' ? '' : `  ${line}`))].join('\n');
};

/**
 * Which of our packages a new version needs, where these had a version before.
 * @param {unknown} _ the changesets that raised them
 * @param {readonly { name: string, oldVersion: string, newVersion: string }[]} dependencies
 */
export const getDependencyReleaseLine = async (_, dependencies) => {
  const known = dependencies.filter(({ oldVersion }) => oldVersion !== UNRELEASED);
  if (known.length === 0) return '';
  return `- Needs ${known.map(({ name, newVersion }) => `${name} ${newVersion}`).join(', ')}.`;
};

export default { getReleaseLine, getDependencyReleaseLine };
