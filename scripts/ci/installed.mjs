import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { build, transform } from 'esbuild';
import { PACKAGES } from '../lib/packages.mjs';
import { addOnClosedNetwork, multiply } from './closedNetwork.mjs';
import { note, run, StepError } from './command.mjs';
import { fetchBun } from './fetched.mjs';
import { importPaths } from './workspaces.mjs';

/** @typedef {import('./command.mjs').Step} Step */
/** @typedef {import('./packed.mjs').Packed} Packed */

/** The peers a program brings along. */
const PEERS = ['@tensorflow/tfjs@4.22.0', '@tensorflow/tfjs-backend-wasm@4.22.0'];

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

/** pnpm ends with an error over install scripts that nobody has decided on, as tfjs's core-js has one. */
const NO_SCRIPTS = 'allowBuilds:\n  core-js: false\n  koffi: false\n';

/**
 * An empty program.
 * @param {string} folder
 * @param {Readonly<Record<string, string>>} files
 */
const makeProgram = (folder, files) => {
  mkdirSync(folder, { recursive: true });
  const manifest = { name: 'a-program', private: true, type: 'module' };
  for (const [name, text] of Object.entries({ 'package.json': JSON.stringify(manifest), ...files })) {
    writeFileSync(`${folder}/${name}`, text);
  }
};

/**
 * A program that imports all packages; returns what it has to add.
 * @param {readonly Packed[]} packed
 * @param {string} folder
 */
const programOf = (packed, folder) => {
  const imports = importer(packed.flatMap((each) => importPaths(each.manifest)));
  makeProgram(folder, { 'main.js': imports, 'multiply.js': multiply });
  return [...packed.map(({ tarball }) => tarball), ...PEERS];
};

/**
 * Installs all packages into an empty program, by a plain `npm install` where only the registry answers.
 * @param {Step} step
 * @param {readonly Packed[]} packed
 * @param {string} folder outside the clone
 */
export const installAll = (step, packed, folder) =>
  addOnClosedNetwork(step, 'npm 10', folder, programOf(packed, folder));

/**
 * The same by the npm that is here, for what needs the packages installed where `installAll` could not be tried.
 * @param {Step} step
 * @param {readonly Packed[]} packed
 * @param {string} folder outside the clone
 */
export const installAnyway = (step, packed, folder) =>
  run(step, 'npm', ['install', ...programOf(packed, folder)], { cwd: folder });

/**
 * Imports every entry, starts every command once, and multiplies on the native backend.
 * @param {Step} step
 * @param {readonly Packed[]} packed
 * @param {string} folder where installAll has put the packages
 * @param {string} node
 */
export const useAll = async (step, packed, folder, node) => {
  await run(step, node, ['main.js'], { cwd: folder });
  await run(step, node, ['multiply.js'], { cwd: folder });
  for (const { manifest } of packed) {
    for (const [name, file] of Object.entries(manifest.bin ?? {})) {
      note(step, `${name} --help`);
      await run(step, node, [`${folder}/node_modules/${manifest.name}/${file}`, '--help'], { cwd: folder });
    }
  }
};

/**
 * Runs the one command as a user does: tries the backends, draws a prediction and makes it again.
 * @param {Step} step
 * @param {string} folder where installAll has put the packages
 * @param {readonly string[]} command what starts it: `npx steadyformer`, or a Node and its file
 */
export const useCommand = async (step, folder, [program = '', ...first]) => {
  const steadyformer = (/** @type {readonly string[]} */ args) =>
    run(step, program, [...first, ...args], { cwd: folder });
  await steadyformer(['doctor']);
  const files = ['prediction.json', 'prediction.csv', 'prediction.svg', 'prediction.png'];
  await steadyformer(['analyse', 'predict', '--depth', '2', '--out', ...files]);
  await steadyformer(['analyse', 'repeat', 'prediction.json', '--out', 'again.svg']);
  const [drawn, again] = ['prediction.svg', 'again.svg'].map((name) =>
    readFileSync(`${folder}/${name}`, 'utf8'),
  );
  if (!drawn?.includes('<svg') || drawn !== again)
    throw new StepError('the prediction was not drawn the same twice');
  if (readFileSync(`${folder}/prediction.png`).toString('latin1', 1, 4) !== 'PNG')
    throw new StepError('no PNG');
};

/** The file that `npx steadyformer` starts. */
export const commandFile = (/** @type {string} */ folder) => `${folder}/node_modules/.bin/steadyformer`;

/**
 * The one command on a Node that it does not run on: one line and exit code 2.
 * @param {Step} step
 * @param {string} folder where installAll has put the packages
 * @param {string} node
 */
export const refuseOldNode = (step, folder, node) => {
  const { status, stdout, stderr } = spawnSync(node, [commandFile(folder), 'doctor'], { encoding: 'utf8' });
  note(step, `exit code ${status}: ${stderr}`);
  const told = /^error: Node \d+\.\d+\.\d+ is too old: [^\n]+\n$/.test(stderr);
  if (status !== 2 || stdout !== '' || !told) throw new StepError('an old Node is not told so in one line');
};

/**
 * Installs the native backend alone, as its README says, and multiplies on it.
 * @param {Step} step
 * @param {readonly Packed[]} packed
 * @param {string} manager
 * @param {string} folder outside the clone
 */
export const installBackend = async (step, packed, manager, folder) => {
  const backend = packed.find(({ manifest }) => manifest.name === '@steadyformer/backend-onnxruntime');
  if (backend === undefined) throw new StepError('the backend was not packed');
  makeProgram(folder, { 'multiply.js': multiply, 'pnpm-workspace.yaml': NO_SCRIPTS });
  await addOnClosedNetwork(step, manager, folder, ['@tensorflow/tfjs', backend.tarball]);
  await run(step, manager === 'Bun' ? await fetchBun(step) : process.execPath, ['multiply.js'], {
    cwd: folder,
  });
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
  for (const { name } of PACKAGES.filter(({ browserSafe }) => browserSafe)) {
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
