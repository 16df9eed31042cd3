import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readLibrary } from '../library/library';
import { danglingLinks, findPackages, linkedLibrary, type NodePackage } from '../packages/packages';
import { fakeProject, fakeSitePackages, place, recorded } from '../testing/trees';
import { build } from './build';
import { type BuildPlan, planBuild } from './plan';

const sourceOf = (project: string): NodePackage => findPackages([join(project, 'package.json')])[0]!;

const planned = (project: string, site: string): BuildPlan =>
  planBuild({
    source: sourceOf(project),
    library: readLibrary(site),
    headers: '/headers',
    compiler: { words: ['g++'], flags: [], linkFlags: [] },
  });

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
  if (args.includes('-o')) writeFileSync(args.at(-1)!, 'addon');
  return {};
});

describe('build', () => {
  test('a second run replaces the first, and its folder goes', () => {
    const project = fakeProject('@tensorflow/tfjs-node');
    const gpu = fakeSitePackages({ cuda: true });
    build(planned(project, gpu), compiling.run);
    expect(linkedLibrary(sourceOf(project))).toBe(join(gpu, 'tensorflow'));
    const site = fakeSitePackages();
    const plan = planned(project, site);
    build(plan, compiling.run);
    expect(readFileSync(plan.output, 'utf8')).toBe('addon');
    expect(linkedLibrary(sourceOf(project))).toBe(join(site, 'tensorflow'));
    expect(readdirSync(plan.builds)).toHaveLength(1);
    expect(existsSync(join(dirname(realpathSync(plan.output)), 'nvidia'))).toBe(false);
    expect(danglingLinks(sourceOf(project))).toEqual([]);
  });

  const failing = {
    '-o': { status: 1, stderr: 'x.cc:1: note: y\nx.cc:2: error: undefined reference\nmore' },
  };
  test.each([
    ['a compiler that fails', failing['-o'], {}, /could not compile the addon: x\.cc:2: error: undefined/],
    ['a compiler that is not there', { status: null, stderr: 'spawnSync g++ ENOENT' }, {}, /ENOENT/],
    ['a compiler that writes nothing', { status: 0 }, {}, /wrote nothing/],
    [
      'a disk that is full',
      { status: 1, stderr: 'as: BFD: error\n/tmp/x.s: fatal error: No space left on device' },
      {},
      /No space left on device\. Make room on that disk/,
    ],
    [
      'an addon that does not load',
      undefined,
      { status: 1, stderr: 'node:internal\nError: libtensorflow_cc.so.2: undefined symbol: x\n    at y' },
      /compiled, but does not load: Error: .*undefined symbol: x\. Give another/,
    ],
  ])(
    '%s is one line and leaves a prepared package as it was, to the last link',
    (_, answer, load, message) => {
      const project = fakeProject('@tensorflow/tfjs-node');
      const { run } = recorded((_command, args) =>
        args.includes('-o') ? (answer ?? compiling.run('g++', args)) : load,
      );
      const refused = (): void => {
        const before = everything(project);
        let error = '';
        try {
          build(planned(project, fakeSitePackages()), run);
        } catch (thrown) {
          error = String(thrown);
        }
        expect(error).toMatch(message);
        expect(error).toMatch(/Nothing was changed\.$/);
        expect(error).not.toMatch('\n');
        expect(everything(project)).toEqual(before);
      };
      refused();
      build(planned(project, fakeSitePackages({ cuda: true })), compiling.run);
      refused();
    },
  );

  test('what stands in the place of the addon is left there', () => {
    const project = fakeProject('@tensorflow/tfjs-node');
    place(join(planned(project, fakeSitePackages()).output, 'in-the-way'));
    const before = everything(project);
    expect(() => build(planned(project, fakeSitePackages()), compiling.run)).toThrow(
      /could not be put in place: .*Nothing was changed/,
    );
    expect(everything(project)).toEqual(before);
  });

  test("takes the place of an addon of tfjs-node's own installer, and touches nothing else of it", () => {
    const project = fakeProject('@tensorflow/tfjs-node', { addon: true });
    const { folder } = sourceOf(project);
    const own = place(join(folder, 'deps', 'lib', 'libtensorflow.so.2'), 'libtensorflow 2.9.1');
    const site = fakeSitePackages();
    const plan = planned(project, site);
    build(plan, compiling.run);
    expect([readFileSync(plan.output, 'utf8'), readFileSync(own, 'utf8')]).toEqual([
      'addon',
      'libtensorflow 2.9.1',
    ]);
  });

  test('compiles and loads before anything changes', () => {
    const project = fakeProject('@tensorflow/tfjs-node', { addon: true });
    const plan = planned(project, fakeSitePackages());
    const seen: string[] = [];
    const { run } = recorded((command, args) => {
      seen.push(readFileSync(plan.output, 'utf8'));
      return compiling.run(command, args);
    });
    build(plan, run);
    expect(seen).toEqual(['not an addon', 'not an addon']);
  });

  test('removes what a killed setup left, and not what another setup is building', () => {
    const project = fakeProject('@tensorflow/tfjs-node');
    const plan = planned(project, fakeSitePackages());
    // No process has this number: it is above the largest that Linux gives.
    mkdirSync(join(plan.builds, '4194305-killed'), { recursive: true });
    mkdirSync(join(plan.builds, `${process.ppid}-running`));
    build(plan, compiling.run);
    expect(readdirSync(plan.builds)).toEqual(
      expect.arrayContaining([`${process.ppid}-running`, expect.stringMatching(`^${process.pid}-`)]),
    );
    expect(readdirSync(plan.builds)).toHaveLength(2);
  });
});
