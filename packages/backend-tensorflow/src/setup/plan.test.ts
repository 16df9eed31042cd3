import { lstatSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Compiler } from '../checks/inputs';
import { readLibrary } from '../library/library';
import { findPackages } from '../packages/packages';
import { fakeProject, fakeSitePackages, place, recorded, temporary } from '../testing/trees';
import { build } from './build';
import { findHeaders, headerCandidates } from './headers';
import { type BuildPlan, planBuild } from './plan';

const GXX: Compiler = { words: ['g++'], flags: [], linkFlags: [] };

const planned = (project: string, site: string, compiler: Compiler = GXX): BuildPlan => {
  const [source] = findPackages([join(project, 'package.json')]);
  return planBuild({ source: source!, library: readLibrary(site), headers: '/headers', compiler });
};

/** Every file, folder and link below a folder, links with their targets, files with their text. */
const everything = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry) => {
      const path = join(entry.parentPath, entry.name);
      if (entry.isSymbolicLink()) return `${path} -> ${readlinkSync(path)}`;
      return entry.isFile() ? `${path}: ${readFileSync(path, 'utf8')}` : `${path}/`;
    })
    .sort();

/** A compiler that writes its output file. */
const compiling = recorded((_, args) => {
  writeFileSync(args.at(-1)!, 'addon');
  return {};
});

describe('planBuild', () => {
  const project = (): string => fakeProject('@tensorflow/tfjs-node-gpu');

  test('links the library under the names of the linker and of the loader', () => {
    const site = fakeSitePackages();
    const { links } = planned(project(), site);
    const names = links.map(({ path, target }) => [
      path.split('/deps/')[1],
      target.slice(join(site, 'tensorflow').length + 1),
    ]);
    expect(names).toEqual([
      ['include', 'include'],
      ['lib/libtensorflow.so', 'libtensorflow_cc.so.2'],
      ['lib/libtensorflow_cc.so.2', 'libtensorflow_cc.so.2'],
      ['lib/libtensorflow_framework.so', 'libtensorflow_framework.so.2'],
      ['lib/libtensorflow_framework.so.2', 'libtensorflow_framework.so.2'],
    ]);
  });

  test('puts the CUDA wheels where a GPU build looks: ../nvidia of its own place', () => {
    const site = fakeSitePackages({ cuda: true });
    const link = planned(project(), site).links.at(-1);
    expect(link?.target).toBe(join(site, 'nvidia'));
    expect(link?.path).toMatch(/deps\/nvidia$/);
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
    const { run, calls } = recorded((_, args) => {
      writeFileSync(args.at(-1)!, 'addon');
      return {};
    });
    build(plan, run);
    expect(calls[0]?.slice(0, 3)).toEqual(['ccache', 'g++', '-std=c++17']);
  });
});

describe('build', () => {
  test('places links and addon, and a second run replaces those of another library', () => {
    const project = fakeProject('@tensorflow/tfjs-node');
    const gpu = planned(project, fakeSitePackages({ cuda: true }));
    build(gpu, compiling.run);
    expect(readFileSync(gpu.output, 'utf8')).toBe('addon');
    const site = fakeSitePackages();
    const cpu = planned(project, site);
    build(cpu, compiling.run);
    expect(readlinkSync(cpu.links[1]!.path)).toBe(join(site, 'tensorflow', 'libtensorflow_cc.so.2'));
    expect(lstatSync(gpu.links.at(-1)!.path, { throwIfNoEntry: false })).toBeUndefined();
  });

  test.each([
    ['a compiler that fails', { status: 1, stderr: 'undefined reference' }, /undefined reference/],
    ['a compiler that is not there', { status: null, stderr: 'spawnSync g++ ENOENT' }, /ENOENT/],
    ['a compiler that writes nothing', { status: 0 }, /wrote nothing/],
  ])('%s leaves a prepared package as it was, to the last link', (_, answer, message) => {
    const project = fakeProject('@tensorflow/tfjs-node');
    build(planned(project, fakeSitePackages({ cuda: true })), compiling.run);
    const before = everything(project);
    expect(before.filter((line) => line.includes(' -> '))).toHaveLength(6);
    expect(() => build(planned(project, fakeSitePackages()), recorded(() => answer).run)).toThrow(message);
    expect(everything(project)).toEqual(before);
  });

  test('and a bare one bare', () => {
    const project = fakeProject('@tensorflow/tfjs-node');
    const before = everything(project);
    const { run } = recorded(() => ({ status: 1, stderr: 'no' }));
    expect(() => build(planned(project, fakeSitePackages()), run)).toThrow(/could not compile/);
    expect(everything(project)).toEqual(before);
  });

  test('an addon that cannot take its place takes the links back', () => {
    const project = fakeProject('@tensorflow/tfjs-node');
    const first = planned(project, fakeSitePackages({ cuda: true }));
    build(first, compiling.run);
    rmSync(first.output);
    place(join(first.output, 'in-the-way'));
    const before = everything(project);
    expect(() => build(planned(project, fakeSitePackages()), compiling.run)).toThrow(
      /could not be put in place: .*Nothing was changed/,
    );
    expect(everything(project)).toEqual(before);
  });

  test('compiles before it links', () => {
    const project = fakeProject('@tensorflow/tfjs-node');
    const plan = planned(project, fakeSitePackages());
    const { run } = recorded((_, args) => {
      expect(lstatSync(plan.links[0]!.path, { throwIfNoEntry: false })).toBeUndefined();
      writeFileSync(args.at(-1)!, 'addon');
      return {};
    });
    build(plan, run);
    expect(lstatSync(plan.links[0]!.path).isSymbolicLink()).toBe(true);
  });

  test('reports the compiler and leaves an earlier addon alone', () => {
    const plan = planned(fakeProject('@tensorflow/tfjs-node', { addon: true }), fakeSitePackages());
    const { run } = recorded(() => ({ status: 1, stderr: 'fatal error: node_api.h: No such file' }));
    expect(() => build(plan, run)).toThrow(
      /could not compile the addon:\nfatal error: node_api\.h.*\nNeeded/,
    );
    expect(readFileSync(plan.output, 'utf8')).toBe('not an addon');
  });

  test("does not touch real files of tfjs-node's own installer", () => {
    const plan = planned(fakeProject('@tensorflow/tfjs-node'), fakeSitePackages());
    place(plan.links[1]!.path, 'libtensorflow 2.9.1');
    const { run, calls } = recorded(() => ({}));
    expect(() => build(plan, run)).toThrow(/is a real file or folder.*Delete the folder 'deps'/);
    expect(calls).toEqual([]);
  });
});

describe('findHeaders', () => {
  test('always ends at the node-api-headers package', () => {
    const last = headerCandidates(process.execPath, {}).at(-1)!;
    expect(findHeaders([temporary(), last])).toBe(last);
  });

  test('takes npm_config_nodedir first and knows when there is nothing', () => {
    const nodedir = temporary();
    const header = place(join(nodedir, 'include', 'node', 'node_api.h'));
    expect(findHeaders(headerCandidates(process.execPath, { npm_config_nodedir: nodedir }))).toBe(
      dirname(header),
    );
    expect(findHeaders([temporary()])).toBeUndefined();
  });
});
