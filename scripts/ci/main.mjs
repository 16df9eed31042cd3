// The steps of continuous integration, one line each, and a closing line `N passed, N failed, N skipped`.
// Started by .ci/run, in a fresh clone: nothing but Node's own modules may be imported before `npm ci` has run.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeProblem, toolEnvironment, tools } from '../lib/prepare.mjs';
import { changesets } from './changesets.mjs';
import { installChromium } from './chromium.mjs';
import { endAll, run, StepError } from './command.mjs';
import { fetchBun, fetchDeno, fetchNode, Skip } from './fetched.mjs';
import { tryLockFile } from './lockFile.mjs';
import { installMpi } from './mpi.mjs';
import { installOpenBlas } from './openBlas.mjs';
import { testOnNode } from './otherNode.mjs';
import { checkTypes, packAll, publintTarball } from './packed.mjs';
import { testOnTensorflow } from './tensorflow.mjs';
import { tracked } from './tracked.mjs';
import { tested } from './unitTests.mjs';

/** @typedef {import('./command.mjs').Step} Step */
/** @typedef {Partial<import('./unitTests.mjs').Counts> & { problem?: string }} Outcome */

const MINUTE = 60_000;
/** No run takes longer: what is left then fails at once. */
const deadline = performance.now() + 70 * MINUTE;

const env = { ...toolEnvironment, CI: 'true', NO_COLOR: '1' };
const work = mkdtempSync(join(tmpdir(), 'steadyformer-ci-'));
const total = { passed: 0, failed: 0, skipped: 0 };
/** Said once more at the end, where the log of a failure has pushed it out of sight. @type {string[]} */
const failures = [];

/** @param {string} path */
const tail = (path) => readFileSync(path, 'utf8').trimEnd().split('\n').slice(-200).join('\n');

/**
 * Runs one step and prints its line; a failure prints its log, too.
 * @param {string} name
 * @param {number} minutes
 * @param {(step: Step) => Promise<Outcome | void>} body
 * @returns {Promise<boolean>} whether it passed
 */
const step = async (name, minutes, body) => {
  const started = performance.now();
  const log = join(work, `${name.replaceAll(/\W+/g, '-')}.log`);
  writeFileSync(log, '');
  /** @type {'passed' | 'failed' | 'skipped'} */
  let result = 'passed';
  let detail = '';
  /** @type {Outcome} */
  let outcome = {};
  try {
    outcome = (await body({ log, env, deadline: Math.min(started + minutes * MINUTE, deadline) })) ?? {};
    if (outcome.problem !== undefined) throw new StepError(outcome.problem);
  } catch (error) {
    result = error instanceof Skip ? 'skipped' : 'failed';
    detail = error instanceof StepError || error instanceof Skip ? error.message : String(error);
  }
  const { passed = 0, failed = 0, skipped = 0 } = outcome;
  if (result === 'passed' && failed > 0) [result, detail] = ['failed', `${failed} tests failed`];
  total.passed += passed;
  total.failed += failed;
  total.skipped += skipped;
  total[result] += 1;
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  const tests =
    passed + failed + skipped > 0 ? `, ${passed}/${passed + failed} tests, ${skipped} skipped` : '';
  const line = `${result.padEnd(7)} ${name} (${seconds} s${tests})${detail === '' ? '' : `: ${detail}`}`;
  console.log(line);
  if (result === 'failed') {
    console.log(tail(log).replaceAll(/^/gm, '    | '));
    failures.push(line, ...(outcome.failures ?? []).map((test) => `        ${test}`));
  }
  return result === 'passed';
};

const unitTests = (/** @type {Step} */ self) => tested(self, 'npm', ['test', '--']);

/** Tests of the site, which skip where it is not built, as under `npm test`. */
const siteTests = (/** @type {Step} */ self) =>
  tested(self, process.execPath, [tools.vitest, 'run', '--project', 'integration', 'site/']);

const demo = async (/** @type {Step} */ self) => {
  const out = join(work, 'demo');
  await run(self, 'npm', ['run', 'demo', '--', '--steps', '20', '--output', out]);
};

const demoDepth = (/** @type {Step} */ self) => {
  const small = ['--depths', '1,2,3,4', '--seeds', '1', '--width', '32'];
  const out = ['--out', join(work, 'output-change.svg'), join(work, 'output-change.json')];
  return run(self, 'npm', ['run', 'demo:depth', '--', ...small, ...out]);
};

const NODES = [20, 22, 24];
/** The supported majors of Node besides this one. */
const otherNodes = NODES.filter((each) => !process.versions.node.startsWith(`${each}.`));

const turbo = [tools.turbo, 'run', 'build', '--continue', '--output-logs=errors-only'];
const buildPackages = [...turbo, '--filter=./packages/*', '--filter=./examples/*'];
/** What it stands on is built by then, and being packed beside it. */
const buildSite = [...turbo, '--filter=@steadyformer/docs', '--only'];

/** What tests use of the machine where it is there. */
const machine = async () => {
  await step('Chromium for the browser tests', 6, installChromium);
  await step('OpenBLAS for the tests of products', 4, installOpenBlas);
  await step('Open MPI and MPICH for the tests of ranks', 6, installMpi);
};

/** What looks at the sources, and the demos. */
const sources = async () => {
  await step('sizes', 4, (self) => run(self, 'npm', ['run', 'size']));
  await step('lint', 6, (self) => run(self, 'npm', ['run', 'lint']));
  await step('typecheck', 16, (self) => run(self, 'npm', ['run', 'typecheck']));
  await step('tracked files', 2, tracked);
  await step('changesets', 2, changesets);
  for (const major of [10, 11, 12]) {
    await step(`lock file by npm ${major}`, 3, (self) =>
      tryLockFile(self, major, join(work, `lock-${major}`)),
    );
  }
  await step('demo, 20 steps', 10, demo);
  await step('demo:depth, small', 6, demoDepth);
};

/** What is published, as users get it. */
const packages = async () => {
  /** @type {import('./packed.mjs').Packed[]} */
  let packed = [];
  const wasPacked = await step('pack', 4, async (self) => {
    packed = await packAll(self, join(work, 'packed'));
  });
  if (!wasPacked) return;
  for (const each of packed) {
    await step(`publint ${each.manifest.name}`, 2, (self) => publintTarball(self, each));
    await step(`types of ${each.manifest.name}`, 4, (self) => checkTypes(self, each));
  }
  const folder = join(work, 'program');
  // The bundler is an installed package, so this loads after npm ci.
  const {
    bundleForBrowser,
    commandFile,
    installAll,
    installAnyway,
    installBackend,
    refuseOldNode,
    runShown,
    useAll,
    useCommand,
  } = await import('./installed.mjs');
  const installed =
    (await step('packages installed by npm 10 where only the registry answers', 8, (self) =>
      installAll(self, packed, folder),
    )) || (await step('packages installed by this npm', 8, (self) => installAnyway(self, packed, folder)));
  if (installed) {
    await step('packages imported', 4, (self) => useAll(self, packed, folder, process.execPath));
    for (const major of otherNodes) {
      await step(`packages imported on Node ${major}`, 4, async (self) =>
        useAll(self, packed, folder, await fetchNode(self, major)),
      );
    }
    await step('npx steadyformer', 4, (self) =>
      useCommand(self, folder, ['npx', '--no-install', 'steadyformer']),
    );
    for (const major of otherNodes) {
      await step(`steadyformer on Node ${major}`, 4, async (self) =>
        useCommand(self, folder, [await fetchNode(self, major), commandFile(folder)]),
      );
    }
    for (const major of [10, 18]) {
      await step(`steadyformer refuses Node ${major}`, 2, async (self) =>
        refuseOldNode(self, folder, await fetchNode(self, major)),
      );
    }
    await step('packages imported on Bun', 4, async (self) =>
      useAll(self, packed, folder, await fetchBun(self)),
    );
    await step('native backend on Deno', 4, async (self) =>
      run(self, await fetchDeno(self), ['run', '--allow-all', 'multiply.js'], { cwd: folder }),
    );
    await step('programs shown in READMEs, on the packages', 6, (self) => runShown(self, packed, folder));
    await step('main entries bundled for the browser', 4, (self) => bundleForBrowser(self, folder));
  }
  for (const manager of ['npm 11', 'npm 12', 'pnpm', 'Bun']) {
    await step(`native backend installed by ${manager} where only the registry answers`, 6, (self) =>
      installBackend(self, packed, manager, join(work, `program-${manager.replace(' ', '-')}`)),
    );
  }
};

const steps = async () => {
  const problem = nodeProblem(process.versions.node);
  if (problem !== undefined) throw new Error(problem);
  if (!existsSync(tools.turbo)) {
    const install = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
    if (!(await step('npm ci', 12, (self) => run(self, 'npm', install)))) return;
  }
  // The packages are built while others are fetched; `npm test` then finds them built.
  await Promise.all([machine(), step('build', 12, (self) => run(self, process.execPath, buildPackages))]);
  await step('npm test', 40, unitTests);
  await step('tests on TensorFlow', 14, testOnTensorflow);
  // Most of these steps keep one core busy, or wait for the registry: side by side they take half the time.
  await Promise.all([
    step('build of the site', 20, (self) => run(self, process.execPath, buildSite)),
    sources(),
    packages(),
  ]);
  await step('the built site in a browser', 8, siteTests);
  for (const major of otherNodes) {
    await step(`unit tests on Node ${major}`, 20, (self) =>
      testOnNode(self, major, major !== NODES[0] && major !== NODES.at(-1)),
    );
  }
};

/** Removes the work folder, names what failed and says the last line. */
const close = () => {
  rmSync(work, { recursive: true, force: true });
  if (failures.length > 0) console.log(failures.join('\n'));
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
};

for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
  process.once(signal, () => {
    endAll();
    total.failed += 1;
    console.log(`failed  interrupted by ${signal}`);
    close();
    process.exit(1);
  });
}

await steps().catch((/** @type {Error} */ error) => {
  console.log(`failed  ${error.message}`);
  total.failed += 1;
});
close();
process.exitCode = total.failed > 0 ? 1 : 0;
