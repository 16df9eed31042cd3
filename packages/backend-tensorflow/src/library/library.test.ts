import { rmSync, truncateSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';
import { reasonOf } from '../checks/errors';
import { fakeSitePackages, temporary } from '../testing/trees';
import { readLibrary } from './library';

describe('readLibrary', () => {
  test('a relative folder gives absolute paths', () => {
    const site = fakeSitePackages();
    expect(readLibrary(relative(process.cwd(), site))).toEqual(readLibrary(site));
  });

  test('reads a wheel from its own folder and from the site-packages that holds it', () => {
    const site = fakeSitePackages();
    const library = readLibrary(site);
    expect(library).toEqual(readLibrary(join(site, 'tensorflow')));
    expect(library).toMatchObject({
      version: '2.21.0',
      cuda: undefined,
      main: join(site, 'tensorflow', 'libtensorflow_cc.so.2'),
      include: join(site, 'tensorflow', 'include'),
    });
  });

  test('finds the CUDA wheels beside a GPU build', () => {
    const site = fakeSitePackages({ cuda: true });
    expect(readLibrary(site).cuda).toBe(join(site, 'nvidia'));
  });

  test('names what is missing', () => {
    const site = fakeSitePackages();
    rmSync(join(site, 'tensorflow', 'include'), { recursive: true });
    expect(() => readLibrary(site)).toThrow(/missing include.*c_api\.h\. Give the 'tensorflow' folder/);
    expect(() => readLibrary(join(site, 'nowhere'))).toThrow(/nowhere': there is no such folder\. Give/);
    expect(() => readLibrary(join(site, 'tensorflow', 'libtensorflow_cc.so.2'))).toThrow(/that is a file/);
    const empty = temporary();
    expect(() => readLibrary(empty)).toThrow(
      /libtensorflow_cc\.so\.2, libtensorflow_framework\.so\.2, include/,
    );
  });

  test('refuses what broke off, what is for another processor and what is too old, each in one line', () => {
    const refusal = (site: string): string => {
      try {
        readLibrary(site);
      } catch (error) {
        return reasonOf(error);
      }
      return 'taken';
    };
    const half = fakeSitePackages();
    truncateSync(join(half, 'tensorflow', 'libtensorflow_framework.so.2'), 100);
    const other = process.arch === 'arm64' ? 'x64' : 'arm64';
    const cases = [
      [half, /libtensorflow_framework\.so\.2 is cut off: .*setup --fetch cpu$/],
      [fakeSitePackages({ arch: other }), new RegExp(`is for ${other}, this Node is for ${process.arch}`)],
      [fakeSitePackages({ version: '2.9.1' }), /^TensorFlow 2\.9\.1 in .* is too old: needed 2\.13 or newer/],
    ] as const;
    for (const [site, message] of cases) expect(refusal(site)).toMatch(message);
    expect(cases.map(([site]) => refusal(site).split('\n').length)).toEqual([1, 1, 1]);
  });
});
