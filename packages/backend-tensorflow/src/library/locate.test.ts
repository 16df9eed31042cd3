import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { reasonOf } from '../checks/errors';
import type { Run } from '../process/run';
import { fakeSitePackages, place, recorded, temporary } from '../testing/trees';
import { cachedFolder, cachedLibraries, defaultCache } from './cache';
import { downloadArguments } from './fetch';
import { type LocateOptions, locateLibrary } from './locate';

const noTensorflow = recorded(() => ({ stdout: '\n' })).run;
const options = (run: Run, more: Partial<LocateOptions> = {}): LocateOptions => ({
  python: 'python3',
  cache: temporary(),
  run,
  log: () => {},
  ...more,
});
const pythonWith = (site: string): Run =>
  recorded(() => ({ stdout: `${join(site, 'tensorflow', '__init__.py')}\n` })).run;

/** A pip that writes a wheel, and a Python that unpacks it as a fake site-packages. */
const pip = recorded((_, args) => {
  if (args.includes('download')) {
    const folder = args.find((arg) => arg.startsWith('--dest='))!.slice('--dest='.length);
    place(join(folder, 'tensorflow_cpu-2.21.0-cp312.whl'));
    place(join(folder, 'numpy-2.0.whl'));
  } else if (!args.includes('--version')) fakeSitePackages({ folder: args[3]! });
  return {};
});

/** The message of what is thrown, which has to be one line. */
const refusal = (call: () => unknown): string => {
  try {
    call();
  } catch (error) {
    const message = reasonOf(error);
    expect(message).not.toMatch('\n');
    return message;
  }
  throw new Error('nothing was thrown');
};

describe('locateLibrary', () => {
  test('an explicit folder is the only one tried', () => {
    const site = fakeSitePackages();
    const { run, calls } = recorded(() => ({}));
    expect(locateLibrary(options(run, { library: site })).how).toBe('--library');
    expect(locateLibrary(options(run, { environment: site })).how).toBe('STEADYFORMER_TENSORFLOW');
    expect(() => locateLibrary(options(run, { library: temporary(), environment: site }))).toThrow(
      /no TensorFlow library in/,
    );
    expect(calls).toEqual([]);
  });

  test('takes the Python environment before the cache', () => {
    const site = fakeSitePackages();
    const cache = temporary();
    fakeSitePackages({ folder: cachedFolder(cache, 'cpu', '2.20.0'), version: '2.20.0' });
    expect(locateLibrary(options(pythonWith(site), { cache })).library.version).toBe('2.21.0');
    expect(locateLibrary(options(noTensorflow, { cache })).library.version).toBe('2.20.0');
  });

  test('a TensorFlow without headers in Python falls back to the cache', () => {
    const cache = temporary();
    fakeSitePackages({ folder: cachedFolder(cache, 'cpu', '2.21.0') });
    expect(locateLibrary(options(pythonWith(temporary()), { cache })).how).toBe('cache');
  });

  test('nothing anywhere: says where it looked and never downloads unasked', () => {
    const { run, calls } = recorded(() => ({ status: null, stderr: 'ENOENT' }));
    expect(() => locateLibrary(options(run, { python: 'python9' }))).toThrow(
      /'python9' has no tensorflow; nothing fetched in .*Run: .*setup --fetch cpu \(or/,
    );
    expect(calls.flat()).not.toContain('download');
  });
});

describe('--fetch', () => {
  test('downloads once, keeps only the library, leaves no work folder', () => {
    const cache = temporary();
    const fetched = locateLibrary(options(pip.run, { cache, fetch: 'cpu' }));
    expect(fetched.library.folder).toBe(join(cachedFolder(cache, 'cpu', '2.21.0'), 'tensorflow'));
    expect(readdirSync(join(cache, 'tensorflow'))).toEqual(['cpu-2.21.0']);
    const calls = pip.calls.length;
    expect(pip.calls.flat().some((arg) => arg.includes('numpy'))).toBe(false);
    locateLibrary(options(pip.run, { cache, fetch: 'cpu' }));
    expect(pip.calls).toHaveLength(calls);
  });

  test.each([
    [
      'ERROR: No matching distribution found for x',
      /No matching distribution found for x\. Look at the index/,
    ],
    ['OSError: [Errno 28] No space left on device', /No space left on device\. Make room there/],
    [
      'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.\nmore',
      /DO NOT MATCH.*\. What came is not what the index states/,
    ],
    ['WARNING: x\nERROR: Connection broken', /\(cpu\): ERROR: Connection broken\. Run it again/],
  ])('%j is one line with its remedy, and nothing is half done', (stderr, message) => {
    const cache = temporary();
    const { run } = recorded((_, args) =>
      args.includes('download') ? { status: 1, stderr } : { stdout: 'pip 23.2.1 from x' },
    );
    expect(refusal(() => locateLibrary(options(run, { cache, fetch: 'cpu' })))).toMatch(message);
    expect(readdirSync(join(cache, 'tensorflow'))).toEqual([]);
  });

  test.each([
    [{ status: null, stderr: 'spawnSync python9 ENOENT' }, /^there is no 'python3' here .*Run: apt-get/],
    [{ status: 1, stderr: 'Traceback\nImportError: No module named pip' }, /has no pip\. Run: apt-get/],
  ])('no Python and no pip are told before anything is made: %j', (answer, message) => {
    const cache = temporary();
    expect(
      refusal(() => locateLibrary(options(recorded(() => answer).run, { cache, fetch: 'gpu' }))),
    ).toMatch(message);
    expect(readdirSync(cache)).toEqual([]);
  });

  test('a pip that can go on with a broken download is told to', () => {
    const resuming = (pip: string) => downloadArguments('cpu', '2.21.0', '/w', pip).join(' ');
    expect(resuming('25.1')).toMatch('--resume-retries=20');
    expect(resuming('25.0.1')).not.toMatch('--resume-retries');
  });

  test('a GPU wheel comes with its CUDA, a CPU wheel alone', () => {
    expect(downloadArguments('gpu', '2.21.0', '/w').at(-1)).toBe('tensorflow[and-cuda]==2.21.0');
    expect(downloadArguments('cpu', '2.21.0', '/w').slice(-2)).toEqual([
      '--no-deps',
      'tensorflow-cpu==2.21.0',
    ]);
  });
});

describe('the cache', () => {
  test('lists GPU before CPU and newer before older, and nothing unfinished', () => {
    const cache = temporary();
    for (const name of ['cpu-2.9.1', 'cpu-2.21.0', 'gpu-2.20.0', '.fetch-abc']) {
      place(join(cache, 'tensorflow', name, 'x'));
    }
    expect(cachedLibraries(cache).map((path) => path.split('/').at(-1))).toEqual([
      'gpu-2.20.0',
      'cpu-2.21.0',
      'cpu-2.9.1',
    ]);
  });

  test('lies where the environment says', () => {
    expect(defaultCache({ STEADYFORMER_CACHE: '/a', XDG_CACHE_HOME: '/b' })).toBe('/a');
    expect(defaultCache({ XDG_CACHE_HOME: '/b' })).toBe(join('/b', 'steadyformer'));
    expect(defaultCache({ STEADYFORMER_CACHE: '', XDG_CACHE_HOME: '/b' })).toBe(join('/b', 'steadyformer'));
    // The specification of XDG folders: a relative one counts as none.
    expect(defaultCache({ XDG_CACHE_HOME: '../b' })).toBe(defaultCache({}));
    expect(defaultCache({})).toMatch(/\.cache.steadyformer$/);
  });
});
