import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { stringsOf } from './dependencies';
import { isTest, root, sourceFiles } from './workspaces';

/** Every backend of tfjs that there is, and ours. */
const NAMES: readonly string[] = ['cpu', 'webgl', 'webgpu', 'wasm', 'node', 'tensorflow', 'onnxruntime'];

const namesIn = (text: string): readonly string[] => stringsOf(text).filter((each) => NAMES.includes(each));

const core = join(root, 'packages/core/src');
const sources = sourceFiles(core)
  .filter((file) => !isTest(file))
  .map((file) => relative(core, file));

describe('names of backends', () => {
  it('are found where a program asks for one', () => {
    expect(namesIn("const slow = (): boolean => ['wasm', `cpu`].includes(tf.getBackend());")).toEqual([
      'wasm',
      'cpu',
    ]);
    expect(namesIn("// 'wasm'\nthrow new Error('wasm is slow'); import 'node:fs';")).toEqual([]);
    expect(sources.filter((file) => file.startsWith('ops/')).length).toBeGreaterThan(10);
  });

  it('are known to the choice of a backend alone: what else depends on one asks what it can do', () => {
    const found = sources
      // What an author of kernels tests them against is tfjs's own backend.
      .filter((file) => !/^(backend|testing)\//.test(file))
      .flatMap((file) => namesIn(readFileSync(join(core, file), 'utf8')).map((name) => `${file}: ${name}`));
    expect(found).toEqual([]);
  });
});
