import { rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { fakeProject, place, temporary } from '../testing/trees';
import { availability } from './availability';
import { findPackages, projectPoints, searchPoints } from './packages';

const from = (project: string): string[] => [join(project, 'package.json')];

describe('findPackages', () => {
  test('resolves from the given project and prefers the GPU package', () => {
    const project = fakeProject('@tensorflow/tfjs-node');
    expect(findPackages(from(project)).map(({ name, version }) => [name, version])).toEqual([
      ['@tensorflow/tfjs-node', '4.22.0'],
    ]);
    place(join(project, 'node_modules/@tensorflow/tfjs-node-gpu/package.json'), '{"version":"4.21.0"}');
    expect(findPackages(from(project)).map(({ name, version }) => [name, version])).toEqual([
      ['@tensorflow/tfjs-node-gpu', '4.21.0'],
      ['@tensorflow/tfjs-node', '4.22.0'],
    ]);
  });

  test('lists a folder once, however many points lead to it', () => {
    const project = fakeProject('@tensorflow/tfjs-node-gpu');
    expect(findPackages([...from(project), join(project, 'src', 'index.js')])).toHaveLength(1);
  });
});

describe('where packages are looked for', () => {
  const folders = (points: readonly string[]): string[] => findPackages(points).map(({ folder }) => folder);

  test("a program's: this package's place, then the program's, and never the working directory", () => {
    const [here, there] = [fakeProject('@tensorflow/tfjs-node'), fakeProject('@tensorflow/tfjs-node')];
    const cwd = process.cwd();
    process.chdir(here);
    try {
      expect(folders(searchPoints())).not.toContain(join(here, 'node_modules/@tensorflow/tfjs-node'));
      expect(folders(searchPoints(join(there, 'main.mjs')))).toContain(
        join(there, 'node_modules/@tensorflow/tfjs-node'),
      );
    } finally {
      process.chdir(cwd);
    }
    expect(searchPoints('/p/main.mjs')[0]).toMatch(/packages\.ts$/);
  });

  test("the command line's: this package's place before the project it was called in", () => {
    expect(projectPoints('/project')).toEqual([
      expect.stringMatching(/packages\.ts$/),
      join('/project', 'package.json'),
    ]);
  });
});

describe('availability', () => {
  test('nothing installed: says what to install', () => {
    expect(availability(from(temporary()))).toEqual({
      available: false,
      reason: expect.stringMatching(/npm install --ignore-scripts @tensorflow\/tfjs-node-gpu.*setup$/),
    });
  });

  test('installed, no addon: says what to run', () => {
    const { available, reason } = availability(from(fakeProject('@tensorflow/tfjs-node-gpu')));
    expect(available).toBe(false);
    expect(reason).toBe(
      '@tensorflow/tfjs-node-gpu 4.22.0 has no compiled addon. Run: npx steadyformer-tensorflow setup',
    );
  });

  test('a library that went away makes it unavailable', () => {
    const project = fakeProject('@tensorflow/tfjs-node-gpu', { addon: true });
    expect(availability(from(project))).toEqual({ available: true });
    const library = place(join(project, 'wheel', 'libtensorflow_cc.so.2'));
    const lib = join(project, 'node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8/lib');
    place(join(lib, 'keep'));
    symlinkSync(library, join(lib, 'libtensorflow_cc.so.2'));
    expect(availability(from(project)).available).toBe(true);
    rmSync(library);
    expect(availability(from(project)).reason).toMatch(/libtensorflow_cc\.so\.2 is gone/);
  });

  test('a prepared package wins over an unprepared one', () => {
    const project = fakeProject('@tensorflow/tfjs-node', { addon: true });
    place(join(project, 'node_modules/@tensorflow/tfjs-node-gpu/package.json'), '{"version":"4.22.0"}');
    expect(availability(from(project))).toEqual({ available: true });
  });
});
