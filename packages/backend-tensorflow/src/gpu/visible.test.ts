import { expect, test } from 'vitest';
import type { Run } from '../process/run';
import { onFirstDevice, VISIBLE, visibleDevices } from './visible';

const none: Run = () => ({ status: null, stdout: '', stderr: '' });
const two: Run = () => ({
  status: 0,
  stdout: '0, NVIDIA H200, 570.1, 143771, 143000, 9.0\n1, NVIDIA H200, 570.1, 143771, 143000, 9.0\n',
  stderr: '',
});

test.each<readonly [string | undefined, readonly string[]]>([
  [undefined, ['0', '1']],
  ['3,1', ['3', '1']],
  [' GPU-8f3a , GPU-11b2', ['GPU-8f3a', 'GPU-11b2']],
  // CUDA stops at the first that is none.
  ['1,-1,0', ['1']],
  ['', []],
  ['-1', []],
])('CUDA_VISIBLE_DEVICES %j leaves %j', (variable, devices) => {
  expect(visibleDevices(variable, two, '/nowhere')).toEqual(devices);
});

test('a machine without a driver has none', () => {
  expect(visibleDevices(undefined, none, '/nowhere')).toEqual([]);
});

test.each<readonly [string | undefined, string]>([
  [undefined, '0'],
  ['2,3', '2'],
  ['', ''],
  ['-1', '-1'],
])('a process with %j loads on %j, and has its variable back', (variable, during) => {
  const env = variable === undefined ? {} : { [VISIBLE]: variable };
  const before = { ...env };
  expect(onFirstDevice(() => (env as NodeJS.ProcessEnv)[VISIBLE], env)).toBe(during);
  expect(env).toEqual(before);
  const broken = (): never => {
    throw new Error('no');
  };
  expect(() => onFirstDevice(broken, env)).toThrow('no');
  expect(env).toEqual(before);
});
