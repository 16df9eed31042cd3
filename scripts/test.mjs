// `npm test`: builds, then runs every unit test. `--long` runs the tests' full forms; other arguments go to vitest.
import { foreground } from './lib/child.mjs';
import { requireEnvironment, root, toolEnvironment, tools } from './lib/prepare.mjs';

requireEnvironment();

const args = process.argv.slice(2);
const env = { ...toolEnvironment, ...(args.includes('--long') ? { STEADYFORMER_LONG: '1' } : {}) };

const commands = [
  [
    tools.turbo,
    'run',
    'build',
    '--output-logs=errors-only',
    '--filter=./packages/*',
    '--filter=./examples/*',
  ],
  [tools.vitest, 'run', ...args.filter((arg) => arg !== '--long')],
];
for (const command of commands) {
  const code = await foreground(process.execPath, command, { cwd: root, env });
  if (code !== 0) process.exit(code);
}
