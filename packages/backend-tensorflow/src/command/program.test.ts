import { rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { version } from '../../package.json';
import type { SelfTest } from '../doctor/selfTestReport';
import { findPackages, linkedLibrary } from '../packages/packages';
import { run } from '../process/run';
import type { Host } from '../setup/preconditions';
import { gpuMachine, H200 } from '../testing/gpuMachine';
import { fakeProject, fakeSitePackages, recorded, temporary } from '../testing/trees';
import { main, type World } from './program';

const GOOD: SelfTest = { loads: true, version: '2.21.0', gpu: false, matmul: true };

const HOST: Host = { platform: 'linux', arch: 'x64', glibc: '2.36' };

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

const call = async (args: string[], cwd: string, more: Partial<World> = {}): Promise<Outcome> => {
  let out = '';
  let error = '';
  const code = await main(args, {
    // A compiler that answers --version and writes what -o asks for; a Python without TensorFlow.
    run: recorded((_, given) => {
      if (given.includes('-o')) writeFileSync(given.at(-1)!, 'addon');
      return { stdout: given.includes('--version') ? 'g++ 12.2.0\nCopyright' : '' };
    }).run,
    selfTest: () => GOOD,
    out: (text) => {
      out += text;
    },
    error: (text) => {
      error += text;
    },
    cwd,
    environment: { STEADYFORMER_CACHE: temporary() },
    host: HOST,
    nodeVersion: 'v22.23.0',
    root: temporary(),
    ...more,
  });
  return { code, out, error };
};

/** The library that a project's addon is linked to. */
const library = (project: string): string => {
  const [found] = findPackages([join(project, 'package.json')]);
  return join((found && linkedLibrary(found)) ?? '', 'libtensorflow_cc.so.2');
};

describe('steadyformer-tensorflow setup', () => {
  test('links, compiles, then examines', async () => {
    const project = fakeProject('@tensorflow/tfjs-node-gpu');
    const site = fakeSitePackages();
    const { code, out } = await call(['setup', '--library', site], project);
    expect(out).toMatch(/library: TensorFlow 2\.21\.0 in .*\(--library\)\ncompiling the addon with g\+\+/);
    expect(out).toMatch(/TensorFlow library {2}ok +2\.21\.0, .*\(linked\)\n(.*\n)*matmul +ok/);
    expect(code).toBe(0);
    expect(library(project)).toBe(join(site, 'tensorflow', 'libtensorflow_cc.so.2'));
  });

  test('no package: says which command installs it', async () => {
    const { code, error } = await call(['setup'], temporary());
    expect(code).toBe(2);
    expect(error).toMatch(/^neither .* is installed in this project\. Run: npm install --ignore-scripts/);
  });

  test('--package that is not installed is named', async () => {
    const project = fakeProject('@tensorflow/tfjs-node');
    const { code, error } = await call(['setup', '--package', '@tensorflow/tfjs-node-gpu'], project);
    expect([code, error]).toEqual([2, expect.stringMatching(/^@tensorflow\/tfjs-node-gpu is not installed/)]);
  });

  test('other systems get another way', async () => {
    const { code, error } = await call(['setup'], temporary(), { host: { ...HOST, platform: 'darwin' } });
    expect([code, error]).toEqual([2, expect.stringMatching(/Linux only, this is 'darwin'.*onnxruntime/)]);
  });

  /** A project with a library beside it: `cwd/../wheel`. */
  const beside = (): { readonly cwd: string; readonly wheel: string } => {
    const cwd = fakeProject('@tensorflow/tfjs-node-gpu');
    const wheel = `${cwd}-wheel`;
    fakeSitePackages({ folder: wheel });
    onTestFinished(() => rmSync(wheel, { recursive: true, force: true }));
    return { cwd, wheel };
  };

  test('a relative --library is relative to the working directory, and its links hold', async () => {
    const { cwd, wheel } = beside();
    const { code } = await call(['setup', '--library', `../${basename(wheel)}`], cwd);
    expect([code, library(cwd)]).toEqual([0, join(wheel, 'tensorflow', 'libtensorflow_cc.so.2')]);
  });

  test('so is a relative STEADYFORMER_TENSORFLOW', async () => {
    const { cwd, wheel } = beside();
    const environment = { STEADYFORMER_TENSORFLOW: `../${basename(wheel)}/tensorflow` };
    const { code } = await call(['setup'], cwd, { environment });
    expect([code, library(cwd)]).toEqual([0, join(wheel, 'tensorflow', 'libtensorflow_cc.so.2')]);
  });

  test.each([
    ['--cache', (cache: string) => [['setup', '--cache', cache], {}] as const],
    ['STEADYFORMER_CACHE', (cache: string) => [['setup'], { STEADYFORMER_CACHE: cache }] as const],
  ])('and a relative %s', async (_, form) => {
    const cwd = fakeProject('@tensorflow/tfjs-node-gpu');
    const folder = join(cwd, 'caches', 'tensorflow', 'cpu-2.21.0');
    fakeSitePackages({ folder });
    const [args, environment] = form('./caches');
    const { code } = await call([...args], cwd, { environment });
    expect([code, library(cwd)]).toEqual([0, join(folder, 'tensorflow', 'libtensorflow_cc.so.2')]);
  });

  test('CXX is split as a shell does, and the flags of the environment are used', async () => {
    const { run, calls } = recorded((_, given) => {
      if (given.includes('-o')) writeFileSync(given.at(-1)!, 'addon');
      return {};
    });
    const { cwd, wheel } = beside();
    const environment = {
      CXX: "ccache 'my g++'",
      CXXFLAGS: '-O3 -march=native',
      LDFLAGS: '-s',
      CPPFLAGS: '',
    };
    const { code } = await call(['setup', '--library', wheel], cwd, { run, environment });
    expect(code).toBe(0);
    const compiled = calls.find((each) => each.includes('-o')) ?? [];
    expect(compiled.slice(0, 2)).toEqual(['ccache', 'my g++']);
    expect(compiled).toEqual(expect.arrayContaining(['-O3', '-march=native', '-s']));
    expect(compiled).not.toContain('');
    expect(calls.find((each) => each.includes('--version'))).toEqual(['ccache', 'my g++', '--version']);
  });

  test('a failed compile leaves the package as an earlier setup left it', async () => {
    const { cwd, wheel } = beside();
    await call(['setup', '--library', wheel], cwd);
    const other = fakeSitePackages({ version: '2.99.0' });
    const { run } = recorded((_, given) => (given.includes('-o') ? { status: 1, stderr: 'error: no' } : {}));
    const { code, error } = await call(['setup', '--library', other], cwd, { run });
    expect([code, error]).toEqual([
      2,
      expect.stringMatching(/could not compile.*: error: no\. .*Nothing was changed/),
    ]);
    expect(library(cwd)).toBe(join(wheel, 'tensorflow', 'libtensorflow_cc.so.2'));
  });

  test.each([
    [
      ['--library', '../nowhere'],
      {},
      /^--library "\.\.\/nowhere" \(that is \/.*nowhere\) does not exist: give/,
    ],
    [['--library', ''], {}, /^--library is empty/],
    [['--cache', ' '], {}, /^--cache is empty/],
    [['--python', ''], {}, /^--python is empty/],
    [['--compiler', ' '], {}, /^--compiler is empty/],
    [[], { CXX: 'ccache "g++' }, /^CXX is "ccache \\"g\+\+": a " is not closed/],
    [[], { CXXFLAGS: "-DX='" }, /^CXXFLAGS is "-DX='": a ' is not closed/],
  ])('%j with %j is one line and code 2, before anything is touched', async (args, environment, message) => {
    const cwd = fakeProject('@tensorflow/tfjs-node-gpu');
    const { run, calls } = recorded(() => ({}));
    for (const command of ['setup', 'doctor']) {
      const { code, out, error } = await call([command, ...args], cwd, { run, environment });
      expect({ code, out, lines: error.trim().split('\n').length }).toEqual({ code: 2, out: '', lines: 1 });
      expect(error).toMatch(message);
    }
    expect(calls).toEqual([]);
  });

  test.each([
    [['setup', '--fetch', 'tpu'], /Allowed choices are cpu, gpu/],
    [['setup', '--fech', 'cpu'], /unknown option '--fech'\n\(Did you mean --fetch\?\)/],
    [['docter'], /unknown command 'docter'/],
  ])('%j is a bad command line', async (args, message) => {
    const { code, error } = await call(args, temporary());
    expect(code).toBe(2);
    expect(error).toMatch(message);
  });

  test('--version is the version of the package', async () => {
    expect(await call(['--version'], temporary())).toEqual({ code: 0, out: `${version}\n`, error: '' });
  });

  test('--help is no error', async () => {
    const { code, out } = await call(['--help'], temporary());
    expect(code).toBe(0);
    expect(out).toMatch(/setup .*\n(.*\n)*.*doctor/);
  });
});

describe('steadyformer-tensorflow doctor', () => {
  const rows = (out: string): Record<string, string> =>
    Object.fromEntries(
      out
        .trim()
        .split('\n')
        .map((row) => row.split(/ {2,}/))
        .map(([name, state]) => [name, state]),
    );

  test('a bare project: what is missing, and exit code 1', async () => {
    const { code, out } = await call(['doctor'], temporary());
    expect(rows(out)).toEqual({
      node: 'ok',
      package: 'MISSING',
      compiler: 'ok',
      'node headers': 'ok',
      'TensorFlow library': 'absent',
      GPU: 'absent',
      addon: 'MISSING',
      loads: 'MISSING',
      matmul: 'MISSING',
    });
    expect(code).toBe(1);
  });

  test('a prepared project needs neither compiler nor library: they are absent, not missing', async () => {
    const project = fakeProject('@tensorflow/tfjs-node', { addon: true });
    const { run: nothing } = recorded(() => ({ status: null, stderr: 'ENOENT' }));
    const { code, out } = await call(['doctor'], project, { run: nothing });
    expect(rows(out)).toMatchObject({ compiler: 'absent', 'TensorFlow library': 'absent', matmul: 'ok' });
    expect(code).toBe(0);
  });

  test('a crash on loading and a wrong product are failures with their reason', async () => {
    const project = fakeProject('@tensorflow/tfjs-node', { addon: true });
    const crash = await call(['doctor'], project, {
      selfTest: () => ({ loads: false, reason: 'undefined symbol: TFE_NewContext' }),
    });
    expect(crash.code).toBe(1);
    expect(crash.out).toMatch(/loads +MISSING +undefined symbol: TFE_NewContext\nmatmul +MISSING +not tried/);
    const wrong = await call(['doctor'], project, { selfTest: () => ({ ...GOOD, matmul: false }) });
    expect([wrong.code, wrong.out]).toEqual([1, expect.stringMatching(/matmul +MISSING .*is wrong/)]);
  });

  test('a GPU machine whose TensorFlow stays on the CPU: what is missing by file, and what TensorFlow says', async () => {
    const machine = gpuMachine({ smi: H200, kernel: '570.86.15' });
    vi.stubEnv('PATH', `${machine.bin}:${process.env.PATH}`);
    onTestFinished(() => {
      vi.unstubAllEnvs();
    });
    const project = fakeProject('@tensorflow/tfjs-node', { addon: true });
    const args = ['doctor', '--library', fakeSitePackages({ cuda: true }), '--json'];
    const notes = ["Could not load dynamic library 'libcudnn.so.9'"];
    const { code, out } = await call(args, project, {
      run,
      root: machine.root,
      selfTest: () => ({ ...GOOD, notes }),
    });
    const report: { healthy: boolean; checks: { name: string; state: string }[] } = JSON.parse(out);
    const by = Object.fromEntries(report.checks.map((check) => [check.name, check]));
    expect([code, report.healthy]).toEqual([1, false]);
    expect(by['GPU 0']).toMatchObject({ state: 'ok', remedy: null });
    expect(by['CUDA libraries']).toMatchObject({
      state: 'missing',
      detail: expect.stringMatching(/finds no libcublas\.so\.12.*libcudnn\.so\.9$/),
      remedy: expect.stringMatching(/pip install/),
    });
    expect(by.loads).toMatchObject({
      state: 'missing',
      detail: expect.stringMatching(/on CPU, though there is a GPU .*libcudnn\.so\.9'\)$/),
    });
  });

  test('an old Node is named', async () => {
    const { code, out } = await call(['doctor'], fakeProject('@tensorflow/tfjs-node', { addon: true }), {
      nodeVersion: 'v20.11.0',
    });
    expect([code, out]).toEqual([1, expect.stringMatching(/node +MISSING +v20\.11\.0; needed: 20\.19/)]);
  });
});
