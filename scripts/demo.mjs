// `npm run demo`: builds what the demo needs, then runs it with the given arguments, in the caller's folder.
import { foreground } from './lib/child.mjs';
import { requireEnvironment, root, toolEnvironment, tools } from './lib/prepare.mjs';

requireEnvironment();

const build = [
  tools.turbo,
  'run',
  'build',
  '--filter=@steadyformer/example-demo',
  '--output-logs=errors-only',
];
const built = await foreground(process.execPath, build, { cwd: root, env: toolEnvironment });
if (built !== 0) process.exit(built);

const followParent = new URL('lib/followParent.mjs', import.meta.url).href;
const demo = ['--import', followParent, `${root}examples/demo/dist/main.js`, ...process.argv.slice(2)];
process.exit(await foreground(process.execPath, demo, { apart: true }));
