// `npm run demo:depth`: builds what it needs, then checks three architectures to 64 blocks: a table, a chart and the
// verdicts in the terminal, and the picture in runs/output-change.svg. Options of `depth-check` override its own.
import { foreground } from './lib/child.mjs';
import { requireEnvironment, root, toolEnvironment, tools } from './lib/prepare.mjs';

requireEnvironment();

const build = [tools.turbo, 'run', 'build', '--filter=steadyformer', '--output-logs=errors-only'];
const built = await foreground(process.execPath, build, { cwd: root, env: toolEnvironment });
if (built !== 0) process.exit(built);

const own = process.argv.slice(2);
const named = own.some((option) => option.startsWith('--out') || option.startsWith('-o'));
// Deep Post-LN networks scatter: twelve of them, at a small batch, tell their law.
const command = [
  ...[`${root}packages/cli/dist/bin/steadyformer.js`, 'analyse', 'depth-check'],
  ...['--architectures', 'postLN,preLN,admin'],
  ...['--depths', '2,4,8,12,16,20,24,32,40,48,56,64', '--seeds', '12', '--width', '192'],
  ...['--sentences', '16', '--length', '8'],
  ...(named ? [] : ['--out', 'runs/output-change.svg']),
];
const started = performance.now();
const code = await foreground(process.execPath, [...command, ...own]);
console.error(`${((performance.now() - started) / 1000).toFixed(0)} s without the build`);
process.exit(code);
