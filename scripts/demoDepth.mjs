// `npm run demo:depth`: builds what it needs, then checks three architectures to 64 blocks: a table, a chart and the
// verdicts in the terminal, and output-change.svg in the caller's folder. Options of `depth-check` override its own.
import { foreground } from './lib/child.mjs';
import { requireEnvironment, root, toolEnvironment, tools } from './lib/prepare.mjs';

requireEnvironment();

const build = [
  tools.turbo,
  'run',
  'build',
  '--filter=@steadyformer/analysis',
  '--filter=@steadyformer/backend-onnxruntime',
  '--output-logs=errors-only',
];
const built = await foreground(process.execPath, build, { cwd: root, env: toolEnvironment });
if (built !== 0) process.exit(built);

// Deep Post-LN networks scatter: 12 of them, at a small batch, tell their law.
const command = [
  ...[`${root}packages/analysis/dist/node/cli.js`, 'depth-check', '--architectures', 'postLN,preLN,admin'],
  ...['--depths', '2,4,8,12,16,20,24,32,40,48,56,64', '--seeds', '12', '--width', '256'],
  ...['--sentences', '8', '--length', '8', '--out', 'output-change.svg'],
];
process.exit(await foreground(process.execPath, [...command, ...process.argv.slice(2)]));
