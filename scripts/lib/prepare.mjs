import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The repository's root folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

const OLDEST_NODE = { major: 20, minor: 19 };

/**
 * Why this Node cannot run Steadyformer, in one line, or undefined where it can.
 * @param {string} version as in process.versions.node
 * @returns {string | undefined}
 */
export const nodeProblem = (version) => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const { major: oldest, minor: oldestMinor } = OLDEST_NODE;
  if (major > oldest || (major === oldest && minor >= oldestMinor)) return undefined;
  return `Node ${version} is too old: Steadyformer needs Node ${oldest}.${oldestMinor} or newer. Install it from nodejs.org and run the command again.`;
};

/** Entry scripts of the tools, started with this very Node rather than through a shell. */
export const tools = {
  turbo: `${root}node_modules/turbo/bin/turbo`,
  vitest: `${root}node_modules/vitest/vitest.mjs`,
};

/** Stops with one line and exit code 2 where Node is too old or `npm ci` has not been run. */
export const requireEnvironment = () => {
  const problem =
    nodeProblem(process.versions.node) ??
    (existsSync(tools.turbo) ? undefined : 'Dependencies are not installed: run `npm ci` first.');
  if (problem === undefined) return;
  console.error(problem);
  process.exit(2);
};

/** What the build tools see: no telemetry, no colours in plain output. */
export const toolEnvironment = {
  ...process.env,
  TURBO_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
  ...(process.stdout.isTTY ? {} : { NO_COLOR: '1' }),
};
