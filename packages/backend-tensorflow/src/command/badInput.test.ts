import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { run } from '../process/run';
import type { Host } from '../setup/preconditions';
import { makeReadOnly, smallDisk } from '../testing/mounts';
import { fakeProject, fakeSitePackages, temporary } from '../testing/trees';
import { fakeWheel } from '../testing/wheel';
import { main } from './program';

const HOST: Host = { platform: 'linux', arch: 'x64', glibc: '2.36' };

interface Given {
  readonly cwd?: string;
  readonly host?: Host;
  readonly environment?: Readonly<Record<string, string>>;
}

/** Everything below a folder, by name. */
const names = (folder: string): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();

/** `setup` with the real programs of this machine: it has to refuse in one line, with code 2, and change nothing. */
const refusal = async (args: readonly string[], given: Given = {}): Promise<string> => {
  const { cwd = fakeProject('@tensorflow/tfjs-node-gpu'), host = HOST, environment = {} } = given;
  const before = names(cwd);
  let error = '';
  const code = await main(['setup', ...args], {
    run,
    selfTest: () => ({ loads: false, reason: 'not tried' }),
    out: () => {},
    error: (text) => {
      error += text;
    },
    cwd,
    environment: { STEADYFORMER_CACHE: temporary(), CXX: 'true', ...environment },
    host,
    nodeVersion: 'v22.23.0',
    root: temporary(),
  });
  expect(error).toMatch(/^[^\n]+\n$/);
  expect(code).toBe(2);
  expect(names(cwd)).toEqual(before);
  return error;
};

describe('setup refuses in one line, with code 2 and nothing changed', () => {
  test.each([
    [
      'musl',
      { ...HOST, glibc: undefined },
      /musl, as on Alpine.*use an image with glibc, such as node:24-slim/,
    ],
    ['a processor without wheels', { ...HOST, arch: 'ia32' }, /no TensorFlow wheel for 'ia32', only for x64/],
    ['another system', { ...HOST, platform: 'win32' as const }, /Linux only, this is 'win32'/],
  ])('%s', async (_, host, message) => {
    expect(await refusal([], { host })).toMatch(message);
  });

  test('a library for another processor', async () => {
    const arch = process.arch === 'arm64' ? 'x64' : 'arm64';
    const site = fakeSitePackages({ arch });
    expect(await refusal(['--library', site])).toMatch(
      `is for ${arch}, this Node is for ${process.arch}: give`,
    );
  });

  test('a library that is too old', async () => {
    const site = fakeSitePackages({ version: '2.9.1' });
    expect(await refusal(['--library', site])).toMatch(
      /2\.9\.1 in .* is too old: needed 2\.13.*setup --fetch/,
    );
  });

  test('no compiler', async () => {
    const CXX = join(temporary(), 'g++');
    expect(await refusal(['--library', fakeSitePackages()], { environment: { CXX } })).toMatch(
      /^no compiler: '\S+g\+\+' does not run \(.*ENOENT\)\. Run: apt-get install g\+\+/,
    );
  });

  test('a compiler that makes nothing', async () => {
    expect(await refusal(['--library', fakeSitePackages()])).toMatch(/'true' could not compile the addon/);
  });

  test('no Python, and a Python without pip', async () => {
    expect(await refusal(['--fetch', 'cpu', '--python', 'python-that-is-not'])).toMatch(
      /^there is no 'python-that-is-not' here .*Run: apt-get install python3-pip/,
    );
    // An environment without pip is a Python of this machine that has none.
    const folder = join(temporary(), 'bare');
    if (run('python3', ['-m', 'venv', '--without-pip', folder]).status !== 0) return;
    expect(await refusal(['--fetch', 'cpu', '--python', join(folder, 'bin', 'python')])).toMatch(
      /has no pip\. Run: .*-m ensurepip/,
    );
  });

  test('headers of another Node', async () => {
    expect(await refusal([], { environment: { npm_config_nodedir: temporary() } })).toMatch(
      /^npm_config_nodedir leads to the headers in \S+, but it has no node_api\.h: set it/,
    );
  });

  test('a node_modules that cannot be written', async (context) => {
    const disk = smallDisk(1024);
    if (disk === undefined) return context.skip('mounts need root');
    cpSync(fakeProject('@tensorflow/tfjs-node'), disk, { recursive: true });
    makeReadOnly(disk);
    expect(await refusal(['--library', fakeSitePackages()], { cwd: disk })).toMatch(
      /tfjs-node cannot be written: EROFS.*Run setup as the user who owns it, or where node_modules is not mounted/,
    );
  });

  test('a disk that is full, before a download and in the middle of unpacking', async (context) => {
    const disk = smallDisk(512);
    if (disk === undefined) return context.skip('mounts need root');
    expect(await refusal(['--fetch', 'cpu', '--cache', disk])).toMatch(
      /the disk of the cache \S+ is full: 0\.0 GB free, needed 1\.2 GB\. Make room, or name another folder/,
    );
    const wheels = temporary();
    fakeWheel(wheels, 'tensorflow_cpu', '2.21.0', {}, 2 << 20);
    expect(await refusal(['--wheels', wheels, '--cache', disk])).toMatch(
      /cannot be unpacked: .*No space left on device\. Make room in \S+, or name another folder by --cache/,
    );
    expect(existsSync(join(disk, 'tensorflow')) ? readdirSync(join(disk, 'tensorflow')) : []).toEqual([]);
  });
});
