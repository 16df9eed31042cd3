import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { reasonOf } from '../checks/errors';
import { run } from '../process/run';
import { temporary } from '../testing/trees';
import { fakeWheel } from '../testing/wheel';
import { wheelIndex } from '../testing/wheelIndex';
import { fetchLibrary } from './fetch';
import { isOlder } from './versions';

const pip = /pip (\S+)/.exec(run('python3', ['-m', 'pip', '--version']).stdout)?.[1];

/** Every setting of the user's away, so that pip asks the index of the test alone. */
const only = (url: string): void => {
  for (const name of Object.keys(process.env).filter((each) => /^pip_|_proxy$/i.test(each))) {
    vi.stubEnv(name, undefined);
  }
  const settings = {
    PIP_INDEX_URL: url,
    PIP_CONFIG_FILE: '/dev/null',
    PIP_NO_CACHE_DIR: '1',
    PIP_RETRIES: '0',
  };
  for (const [name, value] of Object.entries(settings)) vi.stubEnv(name, value);
  onTestFinished(() => {
    vi.unstubAllEnvs();
  });
};

const fetch = (cache: string) =>
  fetchLibrary({ variant: 'cpu', cache, python: 'python3', run, log: () => {} });

const refusal = (cache: string): string => {
  try {
    fetch(cache);
  } catch (error) {
    expect(reasonOf(error)).not.toMatch('\n');
    expect(readdirSync(join(cache, 'tensorflow'))).toEqual([]);
    return reasonOf(error);
  }
  return 'taken';
};

describe.skipIf(pip === undefined)(
  'the pip of this machine and an index of our own',
  { timeout: 300_000 },
  () => {
    const wheel = (): { readonly path: string; readonly hash: string } => {
      const path = fakeWheel(temporary(), 'tensorflow_cpu', '2.21.0');
      return { path, hash: createHash('sha256').update(readFileSync(path)).digest('hex') };
    };

    test('a wheel that is not what the index states is not taken', async () => {
      const { path } = wheel();
      only((await wheelIndex(path, '0'.repeat(64))).url);
      expect(refusal(temporary())).toMatch(/HASH.*What came is not what the index states/);
    });

    test('a download that breaks off is taken up where pip can, else put away whole; the next one succeeds', async () => {
      const { path, hash } = wheel();
      const { url, starts } = await wheelIndex(path, hash, 1);
      only(url);
      const cache = temporary();
      if (isOlder(pip!, '25.1')) {
        expect(refusal(cache)).toMatch(
          /^pip could not download TensorFlow 2\.21\.0 \(cpu\): .*Nothing was changed/,
        );
        expect(fetch(cache).version).toBe('2.21.0');
        expect(await starts()).toEqual([0, 0]);
      } else {
        expect(fetch(cache).version).toBe('2.21.0');
        expect((await starts()).at(-1)).toBeGreaterThan(0);
      }
    });
  },
);
