import { copyFileSync, existsSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { reasonOf } from '../checks/errors';
import { run } from '../process/run';
import { place, temporary } from '../testing/trees';
import { fakeWheel } from '../testing/wheel';
import { unpackLibrary } from './wheels';

const python = run('python3', ['--version']).status === 0;

const unpack = (wheels: string, cache: string) =>
  unpackLibrary({ wheels, cache, python: 'python3', run, log: () => {} });

const refusal = (wheels: string): string => {
  const cache = temporary();
  try {
    unpack(wheels, cache);
  } catch (error) {
    const left = existsSync(join(cache, 'tensorflow')) ? readdirSync(join(cache, 'tensorflow')) : [];
    expect(left).toEqual([]);
    expect(reasonOf(error)).not.toMatch('\n');
    return reasonOf(error);
  }
  throw new Error('the wheel was taken');
};

describe.skipIf(!python)('unpackLibrary, with the Python of this machine', () => {
  test('keeps the library, the headers and the CUDA wheels; other wheels of that version are another library', () => {
    const folder = temporary();
    const cache = temporary();
    fakeWheel(folder, 'tensorflow', '2.21.0');
    const alone = unpack(folder, cache);
    expect([alone.version, alone.cuda, alone.build?.cuda]).toEqual(['2.21.0', undefined, '12.5.1']);
    expect(existsSync(join(alone.folder, 'python', 'module.py'))).toBe(false);
    fakeWheel(folder, 'nvidia_cudnn_cu12', '9.3.0.75');
    place(join(folder, 'numpy-2.0-py3-none-any.whl'), 'not looked at');
    const complete = unpack(folder, cache);
    expect(readdirSync(complete.cuda!)).toEqual(['cudnn']);
    expect(complete.folder).not.toBe(alone.folder);
    expect(unpack(folder, cache)).toEqual(complete);
    expect(readdirSync(join(cache, 'tensorflow'))).toHaveLength(2);
  });

  test('half a wheel is not taken', () => {
    const folder = temporary();
    const wheel = fakeWheel(folder, 'tensorflow_cpu', '2.21.0');
    truncateSync(wheel, Math.floor(readFileSync(wheel).length / 2));
    expect(refusal(folder)).toMatch(
      /tensorflow_cpu-2\.21\.0-\S+ cannot be unpacked: .*zip.*Delete it and fetch/i,
    );
  });

  test('a file that is not what the RECORD states is not taken', () => {
    const folder = temporary();
    fakeWheel(folder, 'tensorflow_cpu', '2.21.0', { 'tensorflow/include/LICENSE': 'changed' });
    expect(refusal(folder)).toMatch(/include\/LICENSE is not what its RECORD states\. Delete it/);
  });

  test('no wheel, and two of them', () => {
    expect(refusal(temporary())).toMatch(
      /holds no wheel of tensorflow or tensorflow-cpu: give .*pip download/,
    );
    const folder = temporary();
    const wheel = fakeWheel(folder, 'tensorflow_cpu', '2.21.0');
    copyFileSync(wheel, wheel.replace('2.21.0', '2.20.0'));
    expect(refusal(folder)).toMatch(
      /tensorflow_cpu-2\.20\.0\S+ and tensorflow_cpu-2\.21\.0\S+: give .*exactly one/,
    );
  });

  test('an old wheel is refused by its version', () => {
    const folder = temporary();
    fakeWheel(folder, 'tensorflow_cpu', '2.9.1');
    expect(refusal(folder)).toMatch(/TensorFlow 2\.9\.1 in .* is too old/);
  });

  test('a text file with the name of a wheel', () => {
    const folder = temporary();
    writeFileSync(join(folder, 'tensorflow_cpu-2.21.0-cp312-cp312-linux_x86_64.whl'), '<html>404</html>');
    expect(refusal(folder)).toMatch(/cannot be unpacked: .*not a zip file/i);
  });
});
