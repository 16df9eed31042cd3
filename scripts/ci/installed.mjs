import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { build, transform } from 'esbuild';
import { note, run, StepError } from './command.mjs';
import { BROWSER_SAFE, importPaths } from './workspaces.mjs';

/** @typedef {import('./command.mjs').Step} Step */
/** @typedef {import('./packed.mjs').Packed} Packed */

/** The peers a program brings along. */
const PEERS = { '@tensorflow/tfjs': '4.22.0', '@tensorflow/tfjs-backend-wasm': '4.22.0' };

/** Imports every entry in one process, as a program would, and says what it got. */
const importer = (/** @type {readonly string[]} */ paths) => `
const empty = [];
for (const path of ${JSON.stringify(paths)}) {
  const names = Object.keys(await import(path));
  console.log(path + ': ' + (names.join(' ') || 'nothing'));
  if (names.length === 0) empty.push(path);
}
if (empty.length > 0) {
  console.error('No exports: ' + empty.join(', '));
  process.exitCode = 1;
}
`;

/**
 * Installs the tarballs into an empty project, then imports every entry and starts every command once.
 * @param {Step} step
 * @param {readonly Packed[]} packed
 * @param {string} folder an empty folder outside the clone
 */
export const installAll = async (step, packed, folder) => {
  mkdirSync(folder, { recursive: true });
  const tarballs = packed.map(({ manifest, tarball }) => [manifest.name, `file:${tarball}`]);
  const manifest = {
    name: 'a-program',
    private: true,
    type: 'module',
    dependencies: { ...Object.fromEntries(tarballs), ...PEERS },
  };
  writeFileSync(`${folder}/package.json`, JSON.stringify(manifest, null, 2));
  writeFileSync(`${folder}/main.js`, importer(packed.flatMap((each) => importPaths(each.manifest))));
  const quiet = ['--prefer-offline', '--ignore-scripts', '--no-audit', '--no-fund'];
  await run(step, 'npm', ['install', ...quiet], { cwd: folder });
  await run(step, process.execPath, ['main.js'], { cwd: folder });
  for (const { manifest } of packed) {
    for (const [name, file] of Object.entries(manifest.bin ?? {})) {
      note(step, `${name} --help`);
      const script = `${folder}/node_modules/${manifest.name}/${file}`;
      await run(step, process.execPath, [script, '--help'], { cwd: folder });
    }
  }
};

/** Blocks that users are shown and that the docs' tests leave to this step. */
const SHOWN = /^```ts no-run .*packed packages\n([\s\S]*?)^```$/gm;

/**
 * Runs the programs of the packages' READMEs that only work on built packages.
 * @param {Step} step
 * @param {readonly Packed[]} packed
 * @param {string} folder where installAll has put the packages
 */
export const runShown = async (step, packed, folder) => {
  let count = 0;
  for (const { manifest } of packed) {
    const readme = readFileSync(`${folder}/node_modules/${manifest.name}/README.md`, 'utf8');
    for (const [, program = ''] of readme.matchAll(SHOWN)) {
      count += 1;
      const { code } = await transform(program, { loader: 'ts', format: 'esm' });
      writeFileSync(`${folder}/shown-${count}.mjs`, code);
      note(step, `${manifest.name}: README`);
      await run(step, process.execPath, [`shown-${count}.mjs`], { cwd: folder });
    }
  }
  if (count === 0) throw new StepError('no README shows such a program: this step has lost what it checks');
};

/**
 * Bundles the main entry of each browser-safe package from what was installed, tfjs included. Anything of Node's that
 * is reached is an error; tfjs's other backends are for the page to bring, or not.
 * @param {Step} step
 * @param {string} folder where installAll has put the packages
 */
export const bundleForBrowser = async (step, folder) => {
  const problems = [];
  for (const name of BROWSER_SAFE) {
    const result = await build({
      stdin: { contents: `export * from '${name}';`, resolveDir: folder },
      bundle: true,
      write: false,
      metafile: true,
      format: 'esm',
      platform: 'browser',
      minify: true,
      external: ['@tensorflow/tfjs-backend-webgpu'],
      logLevel: 'silent',
    }).catch((/** @type {Error} */ error) => error);
    if (result instanceof Error) {
      note(step, `${name}: ${result.message}`);
      problems.push(name);
      continue;
    }
    const outside = Object.values(result.metafile.outputs).flatMap(({ imports }) =>
      imports
        .filter(({ external, path }) => external && !path.startsWith('@tensorflow/'))
        .map(({ path }) => path),
    );
    const kilobytes = Math.round((result.outputFiles[0]?.contents.length ?? 0) / 1000);
    note(step, `${name}: ${kilobytes} kB minified, with tfjs`);
    if (outside.length > 0) {
      note(step, `${name}: imports ${outside.join(', ')}`);
      problems.push(name);
    }
  }
  if (problems.length > 0) throw new StepError(`not for the browser: ${problems.join(', ')}`);
};
