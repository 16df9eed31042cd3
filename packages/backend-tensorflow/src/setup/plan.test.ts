import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Compiler } from '../checks/inputs';
import { readLibrary } from '../library/library';
import { findPackages } from '../packages/packages';
import { fakeProject, fakeSitePackages } from '../testing/trees';
import { type BuildPlan, planBuild } from './plan';

const GXX: Compiler = { words: ['g++'], flags: [], linkFlags: [] };

const planned = (project: string, site: string, compiler: Compiler = GXX): BuildPlan => {
  const [source] = findPackages([join(project, 'package.json')]);
  return planBuild({ source: source!, library: readLibrary(site), headers: '/headers', compiler });
};

describe('planBuild', () => {
  const project = (): string => fakeProject('@tensorflow/tfjs-node-gpu');

  test('links the library under the names of the loader, in the folder of the build', () => {
    const site = fakeSitePackages();
    const { links } = planned(project(), site);
    expect(links.map(({ path, target }) => [path, target.slice(site.length + 1)])).toEqual([
      ['lib/libtensorflow_cc.so.2', 'tensorflow/libtensorflow_cc.so.2'],
      ['lib/libtensorflow_framework.so.2', 'tensorflow/libtensorflow_framework.so.2'],
    ]);
  });

  test('puts the CUDA wheels where a GPU build looks: ../nvidia of its own place', () => {
    const site = fakeSitePackages({ cuda: true });
    expect(planned(project(), site).links.at(-1)).toEqual({ path: 'nvidia', target: join(site, 'nvidia') });
  });

  test('compiles both sources of the package as N-API 8 against both libraries', () => {
    const site = fakeSitePackages();
    const { args, output } = planned(project(), site);
    expect(args.filter((arg) => arg.endsWith('.cc')).map((arg) => arg.split('/').at(-1))).toEqual([
      'tfjs_backend.cc',
      'tfjs_binding.cc',
    ]);
    for (const flag of [
      '-DNAPI_VERSION=8',
      '-I/headers',
      `-I${site}/tensorflow/include`,
      `${site}/tensorflow/libtensorflow_cc.so.2`,
      `${site}/tensorflow/libtensorflow_framework.so.2`,
    ]) {
      expect(args).toContain(flag);
    }
    expect(output).toMatch(/lib\/napi-v8\/tfjs_binding\.node$/);
  });

  test("puts the user's flags where they prevail, and starts the compiler by all of its words", () => {
    const words = ['ccache', 'g++'] as const;
    const compiler = { words, flags: ['-O3', '-DMINE=a b'], linkFlags: ['-fuse-ld=gold'] };
    const plan = planned(project(), fakeSitePackages(), compiler);
    const at = (word: string): number => plan.args.indexOf(word);
    expect(at('-O3')).toBeGreaterThan(at('-O2'));
    expect(at('-DMINE=a b')).toBe(at('-O3') + 1);
    expect(at('-fuse-ld=gold')).toBeGreaterThan(plan.args.findIndex((arg) => arg.endsWith('.cc')));
    expect(plan.compiler).toEqual(['ccache', 'g++']);
  });
});
